import { useEffect } from 'react'
import type { Hub } from '../hub/hub'
import { useStore } from '../ui/use-store'

/** The room's name in the browser's tab, with how much is unread elsewhere. */
export function useTitle(hub: Hub, name: string): void {
  const unread = useStore(hub.unread.all)
  const visited = useStore(hub.visited.rooms)
  const waiting = visited.reduce((sum, room) => sum + (unread.get(room)?.unread ?? 0), 0)
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}#${name} · Hubbub`
  }, [name, waiting])
}
