import { isMessage, type Logged, type Message } from '../../hub/events'
import type { Pending } from '../../hub/outbox'

/** What the timeline shows, line by line. `head` rows begin a group: they carry the picture and the name. */
export type Row =
  | { readonly type: 'day'; readonly key: string; readonly at: Date }
  | {
      readonly type: 'message'
      readonly key: string
      readonly head: boolean
      readonly event: Message
      /** What it answers, where that is at hand. */
      readonly quoted: Message | undefined
    }
  | { readonly type: 'pending'; readonly key: string; readonly head: boolean; readonly pending: Pending }

interface Last {
  readonly who: string
  readonly at: number
}

const TOGETHER_MS = 5 * 60_000

/** The rows of a run of events, then of what waits to be sent. */
export function toRows(
  events: readonly Logged[],
  pending: readonly Pending[],
  me: { readonly id: string; readonly name: string; readonly kind: string } | undefined,
  echoes: ReadonlyMap<number, string>,
): Row[] {
  const rows: Row[] = []
  const quotable = new Map<string, Message>()
  let day = ''
  let last: Last | undefined
  const place = (who: string, at: number): boolean => {
    const date = new Date(at)
    const today = date.toDateString()
    if (today !== day) {
      rows.push({ type: 'day', key: `day ${today} ${rows.length === 0 ? '' : rows.length}`, at: date })
      day = today
      last = undefined
    }
    const head = last === undefined || last.who !== who || Math.abs(at - last.at) > TOGETHER_MS
    last = { who, at }
    return head
  }
  for (const event of events) {
    if (!isMessage(event)) continue
    const head = place(whoIs(event.from), Date.parse(event.at) || 0)
    const quoted = event.reply_to === undefined ? undefined : quotable.get(event.reply_to)
    rows.push({ type: 'message', key: echoes.get(event.seq) ?? `${event.seq}`, head, event, quoted })
    quotable.set(event.id, event)
  }
  for (const entry of pending) {
    const head = place(me === undefined ? '' : whoIs(me), entry.at)
    rows.push({ type: 'pending', key: entry.ref, head, pending: entry })
  }
  return rows
}

const whoIs = (user: { id: string; name: string; kind: string }): string => `${user.kind} ${user.id} ${user.name}`
