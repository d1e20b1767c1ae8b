import { useEffect } from 'react'
import type { Room } from '../../hub/room'
import { useStore } from '../../ui/use-store'

const visibility = {
  get: () => document.visibilityState === 'visible',
  subscribe: (listener: () => void) => {
    document.addEventListener('visibilitychange', listener)
    return () => document.removeEventListener('visibilitychange', listener)
  },
}

/** Tells the room that a person has its newest event before them: in a page in sight, at the bottom. */
export function useSeen(room: Room, tip: number, atBottom: boolean, joined: boolean): void {
  const visible = useStore(visibility)
  useEffect(() => (visible ? undefined : () => room.back()), [room, visible])
  useEffect(() => {
    if (visible && atBottom && joined) room.see()
  }, [room, visible, atBottom, joined, tip])
}
