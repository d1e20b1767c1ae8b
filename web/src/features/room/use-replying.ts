import { useCallback, useState, type RefObject } from 'react'
import type { Drafts, ReplyDraft } from '../../hub/drafts'
import type { Shown } from '../../hub/overlay'
import type { Room } from '../../hub/room'
import { words } from './words'

export interface Replying {
  /** What is being answered; undefined while nothing is. */
  readonly to: ReplyDraft | undefined
  readonly begin: (message: Shown) => void
  readonly end: () => void
}

/** So much of the message is kept with the draft. */
const FIRST = 200

/** The answering of a message: the next message sent names it. Kept with the draft, through reloads. */
export function useReplying(room: Room, drafts: Drafts, input: RefObject<HTMLTextAreaElement | null>): Replying {
  const [to, setTo] = useState(() => drafts.reply(room.name))
  const put = useCallback(
    (next: ReplyDraft | undefined) => {
      drafts.setReply(room.name, next)
      setTo(next)
      input.current?.focus()
    },
    [drafts, room, input],
  )
  const begin = useCallback(
    (message: Shown) => put({ target: message.id, name: message.from.name, text: words(message).slice(0, FIRST) }),
    [put],
  )
  const end = useCallback(() => put(undefined), [put])
  return { to, begin, end }
}
