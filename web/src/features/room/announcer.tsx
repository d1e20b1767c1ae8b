import { useEffect, useRef, useState } from 'react'
import { isChange, type Change } from '../../hub/events'
import type { Shown } from '../../hub/overlay'
import type { RoomView } from '../../hub/room'

/** More at once is a return from afar, and is not read out. */
const AT_ONCE = 5

/** Reads out what is done to messages that stand in the room already; new messages the log reads out itself. */
export function Announcer({ view, me }: { readonly view: RoomView; readonly me: string }) {
  const [said, setSaid] = useState('')
  const heard = useRef<number>(undefined)
  const { events, messages, joined } = view
  useEffect(() => {
    if (!joined) return
    const before = heard.current
    heard.current = events.at(-1)?.seq ?? 0
    if (before === undefined) return
    const fresh = events.slice(events.findLastIndex((event) => event.seq <= before) + 1).filter(isChange)
    const told = fresh.map((change) => sentence(change, messages, me)).filter((words) => words !== '')
    if (told.length > 0 && told.length <= AT_ONCE) setSaid(told.join(' '))
  }, [events, messages, joined, me])
  return <output className="sr-only">{said}</output>
}

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
