import type { Author } from './events'
import type { PresenceChanged } from './frames'

/** Somebody who left while this page looked. */
export interface Departed {
  readonly user: Author
  /** When, in ms, by this page's clock. */
  readonly at: number
}

/** Who is in a room now. In rooms with many people only the count is known. */
export interface Presence {
  readonly count: number
  readonly users: readonly Author[] | undefined
  /** The latest of those who left, the last one last. */
  readonly gone: readonly Departed[]
}

export const nobody: Presence = { count: 0, users: [], gone: [] }

/** So many departures are remembered. */
const GONE = 20

/** Who is there when one joins. */
export function joinedPresence({ gone }: Presence, { count, users }: Pick<Presence, 'count'> & { readonly users?: readonly Author[] | undefined }): Presence {
  return { count, users, gone: gone.filter(({ user }) => !users?.some(({ id }) => id === user.id)) }
}

export function changePresence(presence: Presence, change: PresenceChanged, now = Date.now()): Presence {
  const { users } = presence
  if (users === undefined) return { ...presence, count: change.count }
  const next = new Map(users.map((user) => [user.id, user]))
  const gone = new Map(presence.gone.map((departed) => [departed.user.id, departed]))
  for (const id of change.left ?? []) {
    const user = next.get(id)
    if (user !== undefined) gone.set(id, { user, at: now })
    next.delete(id)
  }
  for (const user of change.joined ?? []) {
    next.set(user.id, user)
    gone.delete(user.id)
  }
  const departed = [...gone.values()].slice(-GONE)
  // A change that tells only the count while the list disagrees: the room has grown past listing.
  const told = (change.left?.length ?? 0) + (change.joined?.length ?? 0) > 0
  if (!told && next.size !== change.count) return { count: change.count, users: undefined, gone: departed }
  return { count: change.count, users: [...next.values()], gone: departed }
}
