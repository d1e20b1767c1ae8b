import { useMemo } from 'react'
import type { Shown } from '../../hub/overlay'
import type { RecentEmojis } from '../../hub/recent'
import type { Room } from '../../hub/room'
import { copy } from '../../ui/copy'
import { addressOf } from './use-going'

/** What a person can do with a message. */
export interface Acts {
  readonly react: (message: Shown, emoji: string) => void
  readonly press: (message: Shown, action: string) => void
  /** The emojis to react with at once. */
  readonly quick: () => readonly string[]
  readonly copyText: (message: Shown) => void
  readonly copyLink: (message: Shown) => void
  readonly reply: (message: Shown) => void
  /** Goes to the message of this id. */
  readonly go: (id: string) => void
  readonly edit: (message: Shown) => void
  readonly remove: (message: Shown) => void
  /** Back to writing. */
  readonly leave: () => void
}

/** The reactions at hand before one has used others. */
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
export function useActs(room: Room, me: string, recent: RecentEmojis, { reply, go, edit, remove, leave }: Rest): Acts {
  return useMemo(
    () => ({
      react: (message, emoji) => {
        const isTaken = isMine(message, emoji, me)
        if (!isTaken) recent.use(emoji)
        room.act({ type: 'react', target: message.id, emoji, remove: isTaken })
      },
      quick: () => recent.with(emojis.map(([emoji]) => emoji)),
      copyText: (message) => void copy(message.text ?? JSON.stringify(message.data, null, 2)),
      copyLink: (message) => void copy(new URL(addressOf(room.name, message.id), window.location.href).href),
      press: (message, action) => room.act({ type: 'press', target: message.id, action }),
      reply,
      go,
      edit,
      remove,
      leave,
    }),
    [room, me, recent, reply, go, edit, remove, leave],
  )
}
