import { ArrowDown } from 'lucide-react'
import { useEffect, useLayoutEffect, useMemo, type ReactNode } from 'react'
import { isMessage } from '../../hub/events'
import type { User } from '../../hub/frames'
import type { Room, RoomView } from '../../hub/room'
import { useShortcuts } from '../../ui/use-shortcuts'
import { MessageRow, PendingRow } from './message'
import { toRows, type Row } from './rows'
import { dayWord } from './times'
import { useScroll } from './use-scroll'

/** So many events stay in the page while nobody reads further up. */
const KEEP = 1_000

interface Props {
  readonly room: Room
  readonly view: RoomView
  readonly me: User
  readonly empty: ReactNode
  /** How often one has sent here: sending goes to the present. */
  readonly sent: number
}

/** The room's messages, oldest first. */
export function Timeline({ room, view, me, empty, sent }: Props) {
  const { events, messages, pending, echoes, newAfter, joined, atStart } = view
  const rows = useMemo(
    () => toRows({ events, messages, pending, echoes, newAfter, atStart }, me),
    [events, messages, pending, echoes, newAfter, atStart, me],
  )
  const tip = events.at(-1)?.seq ?? 0
  const onTop = useMemo(() => () => joined && !atStart && room.loadOlder(), [room, joined, atStart])
  const { box, list, leftAt, onScroll, jump } = useScroll(rows, tip, onTop)
  useShortcuts({ j: jump })
  useLayoutEffect(() => {
    if (sent > 0) jump()
  }, [sent, jump])
  useEffect(() => {
    if (leftAt === undefined && events.length > 2 * KEEP) room.trim(KEEP)
  }, [room, leftAt, events])
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={box}
        role="log"
        tabIndex={0}
        aria-label={`Messages in ${room.name}`}
        aria-busy={!view.known || view.loadingOlder}
        onScroll={onScroll}
        className="h-full overflow-x-hidden overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]"
      >
        <div ref={list} className="relative flex min-h-full flex-col justify-end pt-1.5 pb-3">
          {rows.length === 0 ? empty : rows.map((row) => <RowOf key={row.key} row={row} me={me} room={room} />)}
        </div>
      </div>
      {leftAt !== undefined && <Jump count={newSince(events, leftAt)} onJump={jump} />}
    </div>
  )
}

function RowOf({ row, me, room }: { readonly row: Row; readonly me: User; readonly room: Room }) {
  const act = useMemo(() => ({ retry: (ref: string) => room.retry(ref), discard: (ref: string) => room.discard(ref) }), [room])
  if (row.type === 'message') return <MessageRow event={row.event} head={row.head} quoted={row.quoted} />
  if (row.type === 'pending') {
    return <PendingRow pending={row.pending} me={me} head={row.head} onRetry={act.retry} onDiscard={act.discard} />
  }
  if (row.type === 'new') {
    return (
      <div className="mx-3 my-2 flex items-center gap-2.5 text-[12.5px] font-[650] text-accent-text before:h-px before:flex-1 before:bg-accent mid:mx-5">
        New
      </div>
    )
  }
  if (row.type === 'gap') return <p className="px-5 py-2 text-center text-[13px]/[18px] text-ink-3">Some messages were not delivered.</p>
  return (
    <div className="mx-3 my-2.5 flex items-center gap-3 text-[12.5px] font-semibold text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line mid:mx-5">
      {dayWord(row.at)}
    </div>
  )
}

function Jump({ count, onJump }: { readonly count: number; readonly onJump: () => void }) {
  return (
    <button
      type="button"
      onClick={onJump}
      className="absolute bottom-3 left-1/2 inline-flex min-h-11 -translate-x-1/2 items-center gap-1.5 rounded-full border border-line-2 bg-card px-3.5 text-[13.5px] font-semibold whitespace-nowrap text-accent-text shadow-float mid:min-h-8"
    >
      <ArrowDown size={15} aria-hidden /> Jump to present{count > 0 && `, ${count} new`}
    </button>
  )
}

function newSince(events: RoomView['events'], seq: number): number {
  let count = 0
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i]
    if (event === undefined || event.seq <= seq) break
    if (isMessage(event)) count++
  }
  return count
}
