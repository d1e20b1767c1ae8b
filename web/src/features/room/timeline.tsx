import { useEffect, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import type { User } from '../../hub/frames'
import type { Room, RoomView } from '../../hub/room'
import { useShortcuts } from '../../ui/use-shortcuts'
import type { Acts } from './acts'
import { Announcer } from './announcer'
import { Jump, Lost } from './jump'
import { RowOf } from './row'
import { toRows, type Row } from './rows'
import type { Drawn, Scroller } from './scroller'
import type { Going } from './use-going'
import { useNames } from './use-names'
import { useScroller } from './use-scroller'
import { useSeen } from './use-seen'

/** So many events stay in the page while nobody reads further up. */
const KEEP = 1_000

interface Props {
  readonly room: Room
  readonly view: RoomView
  readonly me: User
  readonly empty: ReactNode
  /** How often one has sent here: sending goes to the present. */
  readonly sent: number
  readonly acts: Acts
  readonly going: Going
  /** The id of the message that is being edited. */
  readonly editing: string | undefined
}

/** The room's messages, oldest first. Of many, only those in sight and a few around them are drawn. */
export function Timeline({ room, view, me, empty, sent, acts, going, editing }: Props) {
  const { events, messages, quotes, pending, echoes, newAfter, joined, atStart, aside, tip } = view
  const rows = useMemo(
    () => toRows({ events, messages, quotes, pending, echoes, newAfter, atStart }, me),
    [events, messages, quotes, pending, echoes, newAfter, atStart, me],
  )
  const { box, list, scroller, drawn, atBottom, lit, jump } = useScroller(room, view, rows, going, sent)
  const [leftAt, setLeftAt] = useState<number>()
  if (atBottom !== (leftAt === undefined)) setLeftAt(atBottom ? undefined : tip)
  const names = useNames(view)
  useSeen(room, tip, atBottom, joined)
  useShortcuts({ j: jump })
  useEffect(() => {
    if (atBottom && !aside && events.length > 2 * KEEP) room.trim(KEEP)
  }, [room, atBottom, aside, events])
  useQuotes(room, rows, drawn.from, drawn.to)
  const shared = { me, room, names, acts: view.ephemeral ? undefined : acts, editing, lit }
  return (
    <div className="relative min-h-0 flex-1">
      {/* The arrow keys go through it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={box}
        role="log"
        tabIndex={0}
        aria-label={`Messages in ${room.name}`}
        // Rows come and go as one scrolls: what is new the announcer reads out.
        aria-live="off"
        aria-busy={!view.known || view.loading}
        onScroll={scroller.onScroll}
        onKeyDown={(e) => onKeys(e, scroller, rows)}
        onFocus={(e) => scroller.focusIs(keyOf(e.target))}
        onBlur={(e) => scroller.focusIs(keyOf(e.relatedTarget))}
        className="h-full overflow-x-hidden overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]"
      >
        <div ref={list} className="relative flex min-h-full flex-col justify-end pt-1.5 pb-3">
          {rows.length > 0 && view.ephemeral && (
            <p className="px-5 py-2 text-center text-[13px]/[18px] text-ink-3">Nothing is kept here: what is said is gone when the page is left.</p>
          )}
          {rows.length === 0 && empty}
          {piecesOf(drawn, rows.length).map(({ key, from, to }) => {
            if (key !== undefined) return <div key={key} aria-hidden className="flex-none" style={{ height: scroller.top(to) - scroller.top(from) }} />
            const row = rows[from]
            return row && <RowOf key={row.key} index={from} row={row} {...shared} />
          })}
        </div>
      </div>
      <Announcer view={view} me={me.id} />
      {view.lost !== undefined && <Lost />}
      {!atBottom && <Jump count={room.countAfter(leftAt ?? tip)} onJump={jump} />}
    </div>
  )
}

interface Piece {
  /** Of an empty space in the place of rows; undefined for a row. */
  readonly key?: string
  readonly from: number
  readonly to: number
}

/** What stands in the list from its start to its end: rows, and spaces as tall as those that are not drawn. */
function piecesOf({ from, to, focused }: Drawn, count: number): Piece[] {
  const drawn = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
  if (focused !== undefined && focused < from) drawn.unshift(focused)
  if (focused !== undefined && focused >= to) drawn.push(focused)
  const pieces: Piece[] = []
  let done = 0
  for (const index of drawn) {
    if (index > done || done === 0) pieces.push({ key: done === 0 ? 'above' : 'between', from: done, to: index })
    pieces.push({ from: index, to: index + 1 })
    done = index + 1
  }
  return [...pieces, { key: 'below', from: done, to: count }]
}

/** Asks for what is answered in sight and not at hand. */
function useQuotes(room: Room, rows: readonly Row[], from: number, to: number): void {
  useEffect(() => {
    const wanted = rows.slice(from, to).flatMap((row) => (row.type === 'message' && row.quoted === undefined ? (row.event.reply_to ?? []) : []))
    if (wanted.length > 0) room.quote(wanted)
  }, [room, rows, from, to])
}

const keyOf = (target: EventTarget | null): string | undefined =>
  target instanceof Element ? target.closest<HTMLElement>('[data-key]')?.dataset['key'] : undefined

/** Arrows go from message to message, from the last one in sight on; Home and End to the first and the last at hand. */
function onKeys(e: KeyboardEvent<HTMLElement>, scroller: Scroller, rows: readonly Row[]): void {
  if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey || !(e.target instanceof Element)) return
  const isInList = e.target === e.currentTarget
  const isOnMessage = e.target.matches('article')
  if (!isInList && !isOnMessage) return
  const at = isOnMessage ? rows.findIndex((row) => row.key === keyOf(e.target)) : scroller.lastInSight + 1
  const isMessage = (index: number) => rows[index]?.type === 'message'
  let next = -1
  if (e.key === 'ArrowUp') for (next = at - 1; next >= 0 && !isMessage(next); ) next--
  else if (e.key === 'ArrowDown' && isOnMessage) for (next = at + 1; next < rows.length && !isMessage(next); ) next++
  else if (e.key === 'Home' && isOnMessage) next = rows.findIndex((row) => row.type === 'message')
  else if (e.key === 'End' && isOnMessage) next = rows.findLastIndex((row) => row.type === 'message')
  if (next < 0 || next >= rows.length) return
  e.preventDefault()
  flushSync(() => scroller.draw(next))
  scroller.focus(next)
}
