import { ArrowDown } from 'lucide-react'
import { useEffect, useLayoutEffect, useMemo, type KeyboardEvent, type ReactNode } from 'react'
import type { User } from '../../hub/frames'
import { mentions } from '../../hub/mentions'
import type { Shown } from '../../hub/overlay'
import type { Room, RoomView } from '../../hub/room'
import { useShortcuts } from '../../ui/use-shortcuts'
import type { Acts } from './acts'
import { Announcer } from './announcer'
import { MessageRow, PendingRow } from './message'
import type { Names } from './reactions'
import { toRows, type Row } from './rows'
import { dayWord } from './times'
import { useNames } from './use-names'
import { useScroll } from './use-scroll'
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
  /** The id of the message that is being edited. */
  readonly editing: string | undefined
}

/** The room's messages, oldest first. */
export function Timeline({ room, view, me, empty, sent, acts, editing }: Props) {
  const { events, messages, pending, echoes, newAfter, joined, atStart } = view
  const rows = useMemo(
    () => toRows({ events, messages, pending, echoes, newAfter, atStart }, me),
    [events, messages, pending, echoes, newAfter, atStart, me],
  )
  const tip = events.at(-1)?.seq ?? 0
  const onTop = useMemo(() => () => joined && !atStart && room.loadOlder(), [room, joined, atStart])
  const { box, list, leftAt, onScroll, jump } = useScroll(rows, tip, onTop)
  const names = useNames(view)
  useSeen(room, tip, leftAt === undefined, joined)
  useShortcuts({ j: jump })
  useLayoutEffect(() => {
    if (sent > 0) jump()
  }, [sent, jump])
  useEffect(() => {
    if (leftAt === undefined && events.length > 2 * KEEP) room.trim(KEEP)
  }, [room, leftAt, events])
  return (
    <div className="relative min-h-0 flex-1">
      {/* The arrow keys go through it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={box}
        role="log"
        tabIndex={0}
        aria-label={`Messages in ${room.name}`}
        aria-relevant="additions"
        aria-busy={!view.known || view.loading}
        onScroll={onScroll}
        onKeyDown={onArrows}
        className="h-full overflow-x-hidden overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]"
      >
        <div ref={list} className="relative flex min-h-full flex-col justify-end pt-1.5 pb-3">
          {rows.length > 0 && view.ephemeral && (
            <p className="px-5 py-2 text-center text-[13px]/[18px] text-ink-3">Nothing is kept here: what is said is gone when the page is left.</p>
          )}
          {rows.length === 0
            ? empty
            : rows.map((row) => (
                <RowOf key={row.key} row={row} me={me} room={room} names={names} acts={view.ephemeral ? undefined : acts} editing={editing} />
              ))}
        </div>
      </div>
      <Announcer view={view} me={me.id} />
      {leftAt !== undefined && <Jump count={newSince(messages, leftAt)} onJump={jump} />}
    </div>
  )
}

interface RowProps {
  readonly row: Row
  readonly me: User
  readonly room: Room
  readonly names: Names
  readonly acts: Acts | undefined
  readonly editing: string | undefined
}

/** For rows that name nobody but their author, so that a new name does not draw them again. */
const noNames: Names = new Map()

function RowOf({ row, me, room, names, acts, editing }: RowProps) {
  const act = useMemo(() => ({ retry: (ref: string) => room.retry(ref), discard: (ref: string) => room.discard(ref) }), [room])
  if (row.type === 'message') {
    const { event, head, quoted } = row
    const tint = event.id === editing ? 'editing' : isToMe(event, me) ? 'mention' : 'plain'
    return (
      <MessageRow event={event} head={head} quoted={quoted} me={me} names={event.reactions ? names : noNames} tint={tint} acts={acts} />
    )
  }
  if (row.type === 'pending') {
    return <PendingRow pending={row.pending} quoted={row.quoted} me={me} head={row.head} onRetry={act.retry} onDiscard={act.discard} />
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

const newSince = (messages: readonly Shown[], seq: number): number =>
  messages.length - 1 - messages.findLastIndex((message) => message.seq <= seq)

const isToMe = (message: Shown, me: User): boolean =>
  message.text !== undefined && message.from.id !== me.id && mentions(message.text, me)

/** Arrows go from message to message, from the last one in sight on. */
function onArrows(e: KeyboardEvent<HTMLElement>): void {
  if ((e.key !== 'ArrowUp' && e.key !== 'ArrowDown') || e.altKey || e.ctrlKey || e.metaKey) return
  const box = e.currentTarget
  const rows = [...box.querySelectorAll<HTMLElement>('article[data-seq]')]
  const current = e.target instanceof Element ? rows.findIndex((row) => row === e.target) : -1
  const inSight = rows.findLast((row) => row.offsetTop < box.scrollTop + box.clientHeight)
  const next = current >= 0 ? rows[current + (e.key === 'ArrowUp' ? -1 : 1)] : e.target === box && e.key === 'ArrowUp' ? inSight : undefined
  if (next === undefined) return
  e.preventDefault()
  next.focus()
}
