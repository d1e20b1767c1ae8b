import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react'
import type { Room, RoomView } from '../../hub/room'
import { useStore } from '../../ui/use-store'
import type { Row } from './rows'
import { Scroller, type Drawn, type Kept } from './scroller'
import type { Going } from './use-going'

/** For so long a message that was gone to stands out. */
const LIT_MS = 2_000
/** A message that was gone to has so much of what is in sight above it. */
const ABOVE = 0.3

export interface Scrolling {
  readonly box: RefObject<HTMLDivElement | null>
  readonly list: RefObject<HTMLDivElement | null>
  readonly scroller: Scroller
  readonly drawn: Drawn
  /** Whether the newest is in sight, and stays so. */
  readonly atBottom: boolean
  /** The id of the message that was just gone to. */
  readonly lit: string | undefined
  /** Goes to the present. */
  readonly jump: () => void
}

/** Where one was in each room when one left it. */
const places = new WeakMap<Room, Kept>()

/** The list's scrolling, as far as React is concerned: what is drawn, where one goes, what more is to be read. */
export function useScroller(room: Room, view: RoomView, rows: readonly Row[], { goal, stay }: Going, sent: number): Scrolling {
  const box = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [away, setAway] = useState(() => places.get(room)?.stuck === false)
  const [lit, setLit] = useState<string>()
  const heading = useRef<{ readonly id: string } | 'present'>(undefined)
  const scroller = useMemo(
    () =>
      new Scroller(
        {
          near: (end) => (end === 'top' ? room.loadOlder() : room.loadNewer()),
          moved: (kept) => {
            setAway(!kept.stuck)
            if (!kept.stuck) room.readingAt(kept.seq)
          },
        },
        places.get(room),
      ),
    [room],
  )
  useStore(scroller.shown)
  const drawn = scroller.layout(rows, !view.aside)

  useLayoutEffect(() => {
    if (box.current === null || list.current === null) return
    const leave = scroller.attach(box.current, list.current)
    return () => {
      places.set(room, scroller.kept)
      leave()
    }
  }, [room, scroller])
  useLayoutEffect(() => scroller.settle())

  /** Arrives where one is heading, if that is at hand by now. */
  const arrive = useCallback(() => {
    const to = heading.current
    if (to === undefined || (to === 'present' && view.aside)) return
    const index = to === 'present' ? 0 : rows.findIndex((row) => row.type === 'message' && row.event.id === to.id)
    if (index < 0) return
    heading.current = undefined
    if (to === 'present') return scroller.toEnd()
    scroller.to(index, ABOVE)
    setLit(to.id)
  }, [rows, view.aside, scroller])
  useLayoutEffect(arrive, [arrive])

  const jump = useCallback(() => {
    heading.current = 'present'
    room.present()
    stay()
    arrive()
  }, [room, stay, arrive])
  const arriveNow = useRef(arrive)
  const jumpNow = useRef(jump)
  useLayoutEffect(() => {
    arriveNow.current = arrive
    jumpNow.current = jump
  })
  useLayoutEffect(() => {
    if (sent > 0) jumpNow.current()
  }, [sent])
  useEffect(() => {
    if (goal === undefined) return
    heading.current = goal
    room.visit(goal.id)
    arriveNow.current()
  }, [room, goal])
  useEffect(() => {
    if (lit === undefined) return
    const timer = setTimeout(() => setLit(undefined), LIT_MS)
    return () => clearTimeout(timer)
  }, [lit])
  return { box, list, scroller, drawn, atBottom: !away && !view.aside, lit, jump }
}
