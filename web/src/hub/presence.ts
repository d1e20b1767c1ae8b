import type { Author } from './events'
import type { PresenceChanged } from './frames'

/** Who is in a room now. In rooms with many people only the count is known. */
export interface Presence {
  readonly count: number
  readonly users: readonly Author[] | undefined
}

export const nobody: Presence = { count: 0, users: [] }

export function changePresence(presence: Presence, change: PresenceChanged): Presence {
  const { users } = presence
  if (users === undefined) return { count: change.count, users }
  const next = new Map(users.map((user) => [user.id, user]))
  for (const id of change.left ?? []) next.delete(id)
  for (const user of change.joined ?? []) next.set(user.id, user)
  // A change that tells only the count while the list disagrees: the room has grown past listing.
  const told = (change.left?.length ?? 0) + (change.joined?.length ?? 0) > 0
  if (!told && next.size !== change.count) return { count: change.count, users: undefined }
  return { count: change.count, users: [...next.values()] }
}
