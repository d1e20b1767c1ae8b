import { memo, useMemo } from 'react'
import type { User } from '../../hub/frames'
import { mentions } from '../../hub/mentions'
import type { Shown } from '../../hub/overlay'
import type { Room } from '../../hub/room'
import type { Acts } from './acts'
import { MessageRow, PendingRow, type Tint } from './message'
import type { Names } from './reactions'
import type { Row } from './rows'
import { dayWord } from './times'

interface Props {
  readonly index: number
  readonly row: Row
  readonly me: User
  readonly room: Room
  readonly names: Names
  readonly acts: Acts | undefined
  /** The ids of the message that is being edited, and of the one that was just gone to. */
  readonly editing: string | undefined
  readonly lit: string | undefined
}

/** One row of the list, whatever it is; what is around it has no margin, so that its height is all that it takes. */
export function RowOf({ index, row, ...rest }: Props) {
  return (
    <div data-row={index} data-key={row.key} className="flex-none">
      <Content row={row} {...rest} />
    </div>
  )
}

/** For rows that name nobody but their author, so that a new name does not draw them again. */
const noNames: Names = new Map()

function Content({ row, me, room, names, acts, editing, lit }: Omit<Props, 'index'>) {
  switch (row.type) {
    case 'message': {
      const { event, head, quoted } = row
      const isNaming = event.reactions !== undefined || event.presses !== undefined || event.text?.includes('@')
      return <MessageRow event={event} head={head} quoted={quoted} me={me} names={isNaming ? names : noNames} tint={tintOf(event, me, editing, lit)} acts={acts} />
    }
    case 'pending':
      return <Waiting row={row} me={me} room={room} />
    case 'new':
      return <NewLine />
    case 'gap':
      return <p className="px-5 py-2 text-center text-[13px]/[18px] text-ink-3">Some messages were not delivered.</p>
    case 'day':
      return <DayLine at={row.at} />
  }
}

function tintOf(event: Shown, me: User, editing: string | undefined, lit: string | undefined): Tint {
  if (event.id === editing) return 'editing'
  if (event.id === lit) return 'lit'
  return event.text !== undefined && event.from.id !== me.id && mentions(event.text, me) ? 'mention' : 'plain'
}

function Waiting({ row, me, room }: { readonly row: Row & { type: 'pending' }; readonly me: User; readonly room: Room }) {
  const act = useMemo(() => ({ retry: (ref: string) => room.retry(ref), discard: (ref: string) => room.discard(ref) }), [room])
  return <PendingRow pending={row.pending} quoted={row.quoted} me={me} head={row.head} onRetry={act.retry} onDiscard={act.discard} />
}

const NewLine = memo(function NewLine() {
  return (
    <div className="flex items-center gap-2.5 px-3 py-2 text-[12.5px] font-[650] text-accent-text before:h-px before:flex-1 before:bg-accent mid:px-5">
      New
    </div>
  )
})

const DayLine = memo(function DayLine({ at }: { readonly at: Date }) {
  return (
    <div className="flex items-center gap-3 px-3 py-2.5 text-[12.5px] font-semibold text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line mid:px-5">
      {dayWord(at)}
    </div>
  )
})
