import { useMemo } from 'react'
import type { Shown } from '../../hub/overlay'
import type { Room } from '../../hub/room'

/** What a person can do with a message. */
export interface Acts {
  readonly react: (message: Shown, emoji: string) => void
  readonly press: (message: Shown, action: string) => void
  readonly reply: (message: Shown) => void
  /** Goes to the message of this id. */
  readonly go: (id: string) => void
  readonly edit: (message: Shown) => void
  readonly remove: (message: Shown) => void
  /** Back to writing. */
  readonly leave: () => void
}

/** The reactions at hand. Any other that somebody used can be joined in. */
export const emojis: readonly (readonly [emoji: string, name: string])[] = [
  ['👍', 'thumbs up'],
  ['❤️', 'heart'],
  ['😂', 'laughing'],
  ['🎉', 'celebrating'],
  ['👀', 'looking'],
  ['✅', 'done'],
]

export const isMine = (message: Shown, emoji: string, me: string): boolean =>
  message.reactions?.some((r) => r.emoji === emoji && r.users.includes(me)) ?? false

export const canEdit = (message: Shown, me: string): boolean => message.from.id === me && message.text !== undefined && message.deleted !== true

type Rest = Pick<Acts, 'reply' | 'go' | 'edit' | 'remove' | 'leave'>

/** A reaction that one has given already is taken back. */
export function useActs(room: Room, me: string, { reply, go, edit, remove, leave }: Rest): Acts {
  return useMemo(
    () => ({
      react: (message, emoji) => room.act({ type: 'react', target: message.id, emoji, remove: isMine(message, emoji, me) }),
      press: (message, action) => room.act({ type: 'press', target: message.id, action }),
      reply,
      go,
      edit,
      remove,
      leave,
    }),
    [room, me, reply, go, edit, remove, leave],
  )
}
