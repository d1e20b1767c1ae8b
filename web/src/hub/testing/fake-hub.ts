import * as v from 'valibot'
import type { Author, Message } from '../events'
import type { Wire, WireEvents } from '../socket'

const incoming = v.object({
  type: v.string(),
  room: v.string(),
  ref: v.string(),
  text: v.optional(v.string()),
  since: v.optional(v.number()),
  epoch: v.optional(v.string()),
  before: v.optional(v.number()),
  after: v.optional(v.number()),
  limit: v.optional(v.number()),
  refs: v.optional(v.array(v.string())),
})
type Incoming = v.InferOutput<typeof incoming>

interface Line {
  readonly events: WireEvents
  readonly queue: string[]
  joined: boolean
}

/** A hub with one room, in memory: keeps the log as the design promises, and leaves when and how frames arrive to the test. */
export class FakeHub {
  readonly log: Message[] = []
  epoch = 'e1'
  /** The most that a rejoin is given before it is told to start anew. */
  missedLimit = 40
  /** The seq of the oldest event that the log still serves. */
  first = 1
  /** What the next messages are refused with. */
  refuse: string | undefined
  /** Asked at each frame: a code to refuse it with, as a hub that is busy or counts events does. */
  mood: () => string | undefined = () => undefined
  /** The head that joins are told, when it is not the log's. */
  claims: number | undefined
  /** Whether new connections are accepted. */
  up = true
  opened = 0
  readonly received: Incoming[] = []
  readonly paths: string[] = []
  readonly #user: Author = { id: 'u1', name: 'Ada', kind: 'guest', via: 'websocket' }
  #line: Line | undefined

  readonly open = (path: string, events: WireEvents): Wire => {
    this.paths.push(path)
    const line: Line = { events, queue: [], joined: false }
    this.#line = line
    setTimeout(() => {
      if (this.#line !== line) return
      if (!this.up) return this.cut(1006)
      this.opened++
      events.opened()
      this.#say(line, { type: 'session.opened', user: this.#user, guest: 's1' })
    }, 1)
    return {
      send: (text) => this.#line === line && this.#take(line, v.parse(incoming, JSON.parse(text))),
      close: () => {
        if (this.#line === line) this.#line = undefined
      },
    }
  }

  /** Somebody else writes. */
  speak(text: string): void {
    this.#append({ id: 'u2', name: 'Grace', kind: 'person', via: 'websocket' }, text)
  }

  /** The connection is gone, with what was on its way. */
  cut(code = 1006, reason = ''): void {
    const line = this.#line
    this.#line = undefined
    line?.events.closed(code, reason)
  }

  /** Delivers one frame on its way; `pick` says which, from 0 for the oldest. False when there is none. */
  deliver(pick = 0, repeat = false): boolean {
    const line = this.#line
    const index = line === undefined ? 0 : Math.min(pick, line.queue.length - 1)
    const frame = line?.queue[index]
    if (line === undefined || frame === undefined) return false
    if (!repeat) line.queue.splice(index, 1)
    line.events.received(frame)
    return true
  }

  /** Loses the frame that would come next. */
  lose(): void {
    this.#line?.queue.shift()
  }

  deliverAll(): void {
    while (this.deliver());
  }

  #take(line: Line, frame: Incoming): void {
    this.received.push(frame)
    const { room, ref } = frame
    const code = this.mood()
    if (code !== undefined) return this.#say(line, { type: 'error', room, ref, code, message: 'Not now.' })
    switch (frame.type) {
      case 'room.join':
        return this.#join(line, frame)
      case 'room.leave':
        line.joined = false
        return this.#say(line, { type: 'room.left', room, ref })
      case 'room.history':
        return this.#history(line, frame)
      case 'chat.send_message':
        return this.#send(line, frame)
      default:
        throw new Error(`the page sent ${frame.type}`)
    }
  }

  #join(line: Line, { room, ref, since, epoch, limit = 0, refs = [] }: Incoming): void {
    line.joined = true
    const head = this.log.length
    const recovered = since !== undefined && epoch === this.epoch && since <= head && head - since <= this.missedLimit
    const events = recovered ? this.log.slice(since) : this.log.slice(Math.max(0, head - limit))
    const kept = this.log.filter((e) => e.from.id === 'u1' && refs.includes(e.ref ?? '')).map(({ ref: r, id, seq }) => ({ ref: r, id, seq }))
    const present = { count: 1, users: [this.#user] }
    this.#say(line, { type: 'room.joined', room, ref, head: this.claims ?? head, first: this.first, epoch: this.epoch, recovered, events, present, kept })
  }

  #history(line: Line, { room, ref, before, after, limit = 50 }: Incoming): void {
    const start = before === undefined ? (after ?? 0) : Math.max(0, before - 1 - limit)
    const end = before === undefined ? start + limit : before - 1
    const events = this.log.slice(start, end).filter((e) => e.seq >= this.first)
    const more = before !== undefined ? (events[0]?.seq ?? 1) > this.first : (events.at(-1)?.seq ?? Infinity) < this.log.length
    this.#say(line, { type: 'room.history', room, ref, events, more })
  }

  #send(line: Line, { room, ref, text = '' }: Incoming): void {
    if (this.refuse !== undefined) {
      return this.#say(line, { type: 'error', room, ref, code: this.refuse, message: 'Not now.' })
    }
    const known = this.log.find((e) => e.from.id === 'u1' && e.ref === ref)
    if (known === undefined) this.#append(this.#user, text, ref)
    const { id, seq, at } = known ?? this.log.at(-1) ?? { id: '', seq: 0, at: '' }
    this.#say(line, { type: 'chat.sent_message', room, ref, id, seq, at })
  }

  #append(from: Author, text: string, ref?: string): void {
    const seq = this.log.length + 1
    const at = new Date(1_800_000_000_000 + seq * 1000).toISOString()
    const event: Message = { type: 'chat.received_message', room: 'lobby', id: `m${seq}`, seq, at, from, text, ...(ref && { ref }) }
    this.log.push(event)
    if (this.#line?.joined) this.#say(this.#line, event)
  }

  #say(line: Line, frame: object): void {
    line.queue.push(JSON.stringify(frame))
  }
}

/** A small seeded generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
