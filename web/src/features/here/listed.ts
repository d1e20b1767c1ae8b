import type { Author, Message } from '../../hub/events'
import type { Presence } from '../../hub/presence'

/** Somebody in the list of who is here. */
export interface Listed {
  readonly user: Author
  readonly here: boolean
  /** When they last said something or left, in ms, as far as this page knows. */
  readonly at: number | undefined
}

export interface Group {
  readonly title: string
  readonly listed: readonly Listed[]
}

const kinds: readonly (readonly [title: string, has: (user: Author) => boolean])[] = [
  ['People', ({ kind }) => kind === 'person' || kind === 'guest'],
  ['Devices', ({ kind }) => kind === 'device'],
  ['Bots', ({ kind }) => kind === 'bot'],
]

/** So many of those who are not here any more are listed with each kind. */
const GONE = 5

/**
 * Who is here by kind and name, oneself first; after them those who are not: who left while this page looked, and devices that
 * spoke and are gone, as one that wakes, reports and sleeps again is.
 */
export function listedIn({ users = [], gone }: Presence, messages: readonly Pick<Message, 'from' | 'at'>[], me: string | undefined): Group[] {
  const spoke = new Map<string, { readonly user: Author; readonly at: number }>()
  for (const { from, at } of messages) spoke.set(from.id, { user: from, at: Date.parse(at) })
  const here = users.map((user): Listed => ({ user, here: true, at: spoke.get(user.id)?.at }))
  const away = new Map<string, Listed>()
  for (const { user, at } of spoke.values()) if (user.kind === 'device') away.set(user.id, { user, here: false, at })
  for (const { user, at } of gone) away.set(user.id, { user, here: false, at: Math.max(at, spoke.get(user.id)?.at ?? 0) })
  for (const { id } of users) away.delete(id)
  return kinds
    .map(([title, has]) => ({
      title,
      listed: [
        ...here.filter(({ user }) => has(user)).toSorted((a, b) => Number(b.user.id === me) - Number(a.user.id === me) || a.user.name.localeCompare(b.user.name)),
        ...[...away.values()].filter(({ user }) => has(user)).toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0)).slice(0, GONE),
      ],
    }))
    .filter(({ listed }) => listed.length > 0)
}
