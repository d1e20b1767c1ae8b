import { useCallback, useMemo, useState } from 'react'
import { useLocation, useSearch } from 'wouter'

/** A message that is gone to: another value each time. */
export interface Goal {
  readonly id: string
}

export interface Going {
  /** What the address names, if anything. */
  readonly goal: Goal | undefined
  /** Goes to a message of the room, by its id. */
  readonly go: (id: string) => void
  /** The address names the room alone again. */
  readonly stay: () => void
}

/** Where in the room one is: the address says it, so that going back goes back, and a link leads to the message. */
export function useGoing(room: string): Going {
  const [, navigate] = useLocation()
  const at = new URLSearchParams(useSearch()).get('at') ?? undefined
  const [times, setTimes] = useState(0)
  const goal = useMemo(() => (at === undefined ? undefined : { id: at, times }), [at, times])
  const go = useCallback(
    (id: string) => {
      if (id === at) setTimes((before) => before + 1)
      else navigate(addressOf(room, id))
    },
    [room, at, navigate],
  )
  const stay = useCallback(() => {
    if (at !== undefined) navigate(addressOf(room), { replace: true })
  }, [room, at, navigate])
  return { goal, go, stay }
}

/** The path of a room, or of a message in it. */
export const addressOf = (room: string, id?: string): string => `/rooms/${room}${id === undefined ? '' : `?at=${encodeURIComponent(id)}`}`
