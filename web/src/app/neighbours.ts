import type { Hub } from '../hub/hub'

/** The rooms of the list; the one that is open stands at its end before it is among them. */
function listedRooms(hub: Hub, name: string): readonly string[] {
  const rooms = hub.visited.rooms.get()
  return rooms.includes(name) ? rooms : [...rooms, name]
}

/** The room that stands so many lines below in the list; the same one at its ends. */
export function beside(hub: Hub, name: string, step: number): string {
  const rooms = listedRooms(hub, name)
  return rooms[rooms.indexOf(name) + step] ?? name
}

/** The next room below, and round again from the top, with something unread; the same one where there is none. */
export function nextUnread(hub: Hub, name: string): string {
  const rooms = listedRooms(hub, name)
  const at = rooms.indexOf(name)
  const unread = hub.unread.all.get()
  return [...rooms.slice(at + 1), ...rooms.slice(0, at)].find((room) => (unread.get(room)?.unread ?? 0) > 0) ?? name
}

/** Where one is after leaving a room: where one was, or beside the one that was left. */
export function afterLeaving(hub: Hub, left: string, name: string): string {
  if (left !== name) return name
  const rooms = listedRooms(hub, name)
  const at = rooms.indexOf(name)
  return rooms[at - 1] ?? rooms[at + 1] ?? 'lobby'
}
