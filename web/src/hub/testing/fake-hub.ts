import * as v from 'valibot'
import type { Author, Logged } from '../events'
import type { Wire, WireEvents } from '../socket'
import { FakeLog, Refusal, type Deed } from './fake-log'

const incoming = v.object({
  type: v.string(),
  room: v.string(),
  ref: v.optional(v.string(), ''),
  seq: v.optional(v.number()),
  target: v.optional(v.string(), ''),
  emoji: v.optional(v.string(), ''),
  remove: v.optional(v.boolean(), false),
  action: v.optional(v.string(), ''),
  text: v.optional(v.string()),
  since: v.optional(v.number()),
  epoch: v.optional(v.string()),
  before: v.optional(v.number()),
  after: v.optional(v.union([v.number(), v.string()])),
  reply_to: v.optional(v.string()),
  around: v.optional(v.string()),
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
  readonly log = new FakeLog()
  /** Whether the room keeps no log. */
  ephemeral = false
  /** The seq up to which the page's user has read, as the hub knows. */
  read = 0
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
  readonly user: Author = { id: 'u1', name: 'Ada', kind: 'guest', via: 'websocket' }
  readonly other: Author = { id: 'u2', name: 'Grace', kind: 'person', via: 'websocket' }
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
      this.#say(line, { type: 'session.opened', user: this.user, guest: 's1' })
    }, 1)
    return {
      send: (text) => this.#line === line && this.#take(line, v.parse(incoming, JSON.parse(text))),
      close: () => {
        if (this.#line === line) this.#line = undefined
      },
    }
  }

  /** Somebody else writes. */
  speak(text: string, buttons?: { action: string; label: string }[]): void {
    this.#live(this.log.say(this.other, { text, ...(buttons && { buttons }) }))
  }

  /** Somebody else does something with a message, if they may. */
  act(deed: Deed): void {
    try {
      this.#live(this.log.change(this.other, deed))
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
    }
  }

  /** Says a frame to the page. */
  tell(frame: object): void {
    if (this.#line !== undefined) this.#say(this.#line, frame)
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
      case 'room.members':
        return this.#say(line, { type: 'room.members', room, ref, members: [{ ...this.user, read: this.read }], more: false })
      case 'chat.send_message':
        return this.#send(line, frame)
      case 'chat.edit_message':
      case 'chat.delete_message':
      case 'chat.react':
      case 'chat.press_button':
        return this.#change(line, frame, { ...frame, type: frame.type })
      case 'chat.typing':
        return undefined
      case 'chat.mark_read':
        this.read = Math.max(this.read, frame.seq ?? 0)
        return this.#say(line, { type: 'chat.read', room, from: this.user, read: this.read })
      default:
        throw new Error(`the page sent ${frame.type}`)
    }
  }

  #join(line: Line, { room, ref, since, epoch, limit = 0, refs = [] }: Incoming): void {
    line.joined = true
    const { head, rows } = this.log
    const { ephemeral } = this
    const limited = ephemeral ? 0 : this.missedLimit
    const recovered = since !== undefined && epoch === this.epoch && since <= head && head - since <= limited
    const events = recovered ? rows.slice(since) : rows.slice(ephemeral ? head : Math.max(0, head - limit))
    const kept = refs.map((r) => this.log.find(this.user, r)).filter((e) => e !== undefined).map(({ ref: r, id, seq }) => ({ ref: r, id, seq }))
    const present = { count: 1, users: [this.user] }
    this.#say(line, { type: 'room.joined', room, ref, head: this.claims ?? head, first: this.first, epoch: this.epoch, ephemeral, recovered, events, present, kept })
  }

  #history(line: Line, { room, ref, before: below, after = 0, around, limit = 50 }: Incoming): void {
    const middle = this.log.rows.findIndex((e) => 'id' in e && e.id === around) + 1
    if (around !== undefined && middle < this.first) return this.#say(line, { type: 'error', room, ref, code: 'not_found', message: 'It is not there.' })
    const before = around === undefined ? below : middle + 1 + Math.floor(limit / 2)
    const start = before === undefined ? Number(after) : Math.max(0, before - 1 - limit)
    const end = before === undefined ? start + limit : before - 1
    const events = this.log.rows.slice(start, end).filter((e) => e.seq >= this.first)
    const more = before !== undefined ? (events[0]?.seq ?? 1) > this.first : (events.at(-1)?.seq ?? Infinity) < this.log.head
    this.#say(line, { type: 'room.history', room, ref, events, more })
  }

  #send(line: Line, { room, ref, text = '', reply_to }: Incoming): void {
    if (this.refuse !== undefined) {
      return this.#say(line, { type: 'error', room, ref, code: this.refuse, message: 'Not now.' })
    }
    const known = this.log.find(this.user, ref)
    const { id, seq, at } = known ?? this.#live(this.log.say(this.user, { text, ...(reply_to !== undefined && { reply_to }) }, ref))
    this.#say(line, { type: 'chat.sent_message', room, ref, id, seq, at })
  }

  #change(line: Line, { room, ref }: Incoming, deed: Deed): void {
    try {
      const { id, seq, at } = this.log.find(this.user, ref) ?? this.#live(this.log.change(this.user, deed, ref))
      this.#say(line, { type: 'ok', room, ref, id, seq, at })
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      this.#say(line, { type: 'error', room, ref, code: refusal.message, message: 'That can not be done.' })
    }
  }

  #live<T extends Logged>(event: T): T {
    if (this.#line?.joined) this.#say(this.#line, event)
    return event
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
