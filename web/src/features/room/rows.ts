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
      /** What it answers, where that is at hand. */
      readonly quoted: Shown | undefined
    }
  | { readonly type: 'pending'; readonly key: string; readonly head: boolean; readonly pending: Pending; readonly quoted: Shown | undefined }

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

/** The rows of a run of events, then of what waits to be sent. */
export function toRows({ events, messages, pending, echoes, newAfter, atStart }: Pick<RoomView, 'events' | 'messages' | 'pending' | 'echoes' | 'newAfter' | 'atStart'>, me: Who): Row[] {
  const rows: Row[] = []
  const quotable = new Map<string, Shown>()
  // The line stands only where it is known to be the place: behind the last that was read, which may be further up.
  let isNewAhead = newAfter !== undefined && (atStart || (events[0]?.seq ?? Infinity) <= newAfter + 1)
  let shown = 0
  let day = ''
  let last: Last | undefined
  const onDay = (at: number) => {
    const date = new Date(at)
    const today = date.toDateString()
    if (today === day) return
    rows.push({ type: 'day', key: `day ${today} ${rows.length === 0 ? '' : rows.length}`, at: date })
    day = today
    last = undefined
  }
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
    const quoted = event.reply_to === undefined ? undefined : quotable.get(event.reply_to)
    rows.push({ type: 'message', key: echoes.get(event.seq) ?? `${event.seq}`, head, event, quoted })
    quotable.set(event.id, event)
  }
  for (const entry of pending) {
    onDay(entry.at)
    const quoted = entry.replyTo === undefined ? undefined : quotable.get(entry.replyTo)
    rows.push({ type: 'pending', key: entry.ref, head: begins(whoIs(me), entry.at), pending: entry, quoted })
  }
  return rows
}

const whoIs = (user: Who): string => `${user.kind} ${user.id} ${user.name}`
