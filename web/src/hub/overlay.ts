import type { Pending } from './outbox'
import { emptied, pressed, reacted, type Standing } from './standing'

/** A message as this page shows it: with what one has done to it and the log does not show yet. */
export interface Shown extends Standing {
  /** Whether its text waits to be sent. */
  readonly unsent?: boolean
}

/** The messages with one's own deeds done to them, in the order of the doing. What was refused is not done. */
export function overlaid(messages: readonly Standing[], deeds: readonly Pending[], me: string): readonly Shown[] {
  const standing = deeds.filter((p) => p.deed !== undefined && p.problem === undefined)
  const targets = new Set(standing.map((p) => p.deed?.target))
  if (targets.size === 0) return messages
  const change = (message: Shown) => standing.filter((p) => p.deed?.target === message.id).reduce((m, p) => done(m, p, me), message)
  return messages.map((message) => (targets.has(message.id) ? change(message) : message))
}

function done(message: Shown, { deed, text, seq }: Pending, me: string): Shown {
  if (message.deleted) return message
  switch (deed?.type) {
    case 'edit':
      return { ...message, text, edited: message.edited ?? message.seq, unsent: seq === undefined }
    case 'delete':
      return emptied(message)
    case 'react':
      return reacted(message, deed.emoji, me, deed.remove)
    case 'press':
      return pressed(message, deed.action, me)
    case undefined:
      return message
  }
}
