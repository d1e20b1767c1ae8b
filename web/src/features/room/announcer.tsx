import { useEffect, useRef, useState } from 'react'
import { isChange, isMessage, type Change, type Message } from '../../hub/events'
import type { Shown } from '../../hub/overlay'
import type { RoomView } from '../../hub/room'
import { words } from './words'

/** More at once is a return from afar, or a flood, and is not read out. */
const AT_ONCE = 5

/** Reads out what comes: messages of others, and what is done to those that stand in the room already. */
export function Announcer({ view, me }: { readonly view: RoomView; readonly me: string }) {
  const [said, setSaid] = useState('')
  const heard = useRef<number>(undefined)
  const { events, messages, joined, tip, aside } = view
  useEffect(() => {
    if (!joined) return
    const before = heard.current
    heard.current = tip
    if (before === undefined || aside) return
    const fresh = events.slice(events.findLastIndex((event) => event.seq <= before) + 1)
    const told = fresh.map((event) => (isMessage(event) ? spoken(event, me) : isChange(event) ? sentence(event, messages, me) : '')).filter((one) => one !== '')
    if (told.length > 0 && told.length <= AT_ONCE) setSaid(told.join(' '))
  }, [events, messages, joined, tip, aside, me])
  return <output className="sr-only">{said}</output>
}

const spoken = (message: Message, me: string): string => (message.from.id === me ? '' : `${message.from.name}: ${words(message)}`)

function sentence(change: Change, messages: readonly Shown[], me: string): string {
  const target = messages.find((message) => message.id === change.target)
  if (target === undefined) return ''
  const who = change.from.id === me ? 'You' : change.from.name
  switch (change.type) {
    case 'chat.edited_message':
      return change.text === undefined ? '' : `${who} edited a message. It now says: ${change.text}`
    case 'chat.deleted_message':
      return `${who} deleted a message.`
    case 'chat.reacted':
      return target.from.id !== me || who === 'You' || change.remove ? '' : `${who} reacted with ${change.emoji} to your message.`
    case 'chat.pressed_button':
      return ''
  }
}
