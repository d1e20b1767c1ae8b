import { isMessage } from '../../hub/events'
import type { Pending } from '../../hub/outbox'
import type { Shown } from '../../hub/overlay'
import type { RoomView } from '../../hub/room'

/** What the timeline shows, line by line. `head` rows begin a group: they carry the picture and the name. */
export type Row =
  | { readonly type: 'day'; readonly key: string; readonly at: Date }
  | { readonly type: 'new'; readonly key: string }
  | { readonly type: 'gap'; readonly key: string }
  | {
      readonly type: 'message'
      readonly key: string
      readonly head: boolean
      readonly event: Shown
      /** What it answers: undefined where that is not at hand, null where the log does not have it any more. */
      readonly quoted: Shown | null | undefined
    }
  | { readonly type: 'pending'; readonly key: string; readonly head: boolean; readonly pending: Pending; readonly quoted: Shown | null | undefined }

interface Last {
  readonly who: string
  readonly at: number
}

interface Who {
  readonly id: string
  readonly name: string
  readonly kind: string
}

const TOGETHER_MS = 5 * 60_000

type Content = Pick<RoomView, 'events' | 'messages' | 'quotes' | 'pending' | 'echoes' | 'newAfter' | 'atStart'>

/** The rows of a run of events, then of what waits to be sent. */
export function toRows({ events, messages, quotes, pending, echoes, newAfter, atStart }: Content, me: Who): Row[] {
  const rows: Row[] = []
  const quotable = new Map<string, Shown>()
  // The line stands only where it is known to be the place: behind the last that was read, which may be further up.
  let isNewAhead = newAfter !== undefined && (atStart || (events[0]?.seq ?? Infinity) <= newAfter + 1)
  let shown = 0
  let day = ''
  const begun = new Set<string>()
  let last: Last | undefined
  const onDay = (at: number) => {
    const today = dayOf(at)
    if (today === day) return
    // A clock that was set back has a day begin twice.
    rows.push({ type: 'day', key: `day ${today}${begun.has(today) ? ` ${rows.length}` : ''}`, at: new Date(at) })
    begun.add(today)
    day = today
    last = undefined
  }
  const find = (id: string) => quotable.get(id) ?? (quotes.has(id) ? (quotes.get(id) ?? null) : undefined)
  const begins = (who: string, at: number): boolean => {
    const head = last === undefined || last.who !== who || Math.abs(at - last.at) > TOGETHER_MS
    last = { who, at }
    return head
  }
  for (const entry of events) {
    if (entry.type === 'room.gap') {
      rows.push({ type: 'gap', key: `gap ${entry.seq}` })
      last = undefined
    }
    if (!isMessage(entry)) continue
    const event = messages[shown++] ?? entry
    const at = Date.parse(event.at) || 0
    onDay(at)
    if (isNewAhead && event.seq > (newAfter ?? 0) && event.from.id !== me.id) {
      rows.push({ type: 'new', key: 'new' })
      isNewAhead = false
      last = undefined
    }
    const head = begins(whoIs(event.from), at)
    const quoted = event.reply_to === undefined ? undefined : find(event.reply_to)
    rows.push({ type: 'message', key: echoes.get(event.seq) ?? `${event.seq}`, head, event, quoted })
    quotable.set(event.id, event)
  }
  for (const entry of pending) {
    onDay(entry.at)
    const quoted = entry.replyTo === undefined ? undefined : find(entry.replyTo)
    rows.push({ type: 'pending', key: entry.ref, head: begins(whoIs(me), entry.at), pending: entry, quoted })
  }
  return rows
}

const days = new Map<number, string>()
const HOUR_MS = 3_600_000

/** The day of a time where the reader is. Days begin with an hour, or a quarter of one. */
function dayOf(at: number): string {
  const quarter = Math.floor(at / (HOUR_MS / 4))
  const known = days.get(quarter)
  if (known !== undefined) return known
  if (days.size > 10_000) days.clear()
  const day = new Date(at).toDateString()
  days.set(quarter, day)
  return day
}

const whoIs = (user: Who): string => `${user.kind} ${user.id} ${user.name}`
