import { Attendance } from './attendance'
import { Courier } from './courier'
import type { Failure, Frame, Joined, Logged, Outgoing, User } from './events'
import type { Outbox, Pending } from './outbox'
import { Pager } from './pager'
import { changePresence, nobody, type Presence } from './presence'
import { Store, type Readable } from './store'
import { Timeline } from './timeline'

/** What the room looks like now: a new value after each change. */
export interface RoomView {
  /** Whether the room has ever been read: before that its emptiness means nothing. */
  readonly known: boolean
  readonly joined: boolean
  /** Why the hub does not let us in. */
  readonly refused: Failure | undefined
  readonly events: readonly Logged[]
  readonly pending: readonly Pending[]
  /** Whether the hub takes what is pending more slowly than it was written. */
  readonly held: boolean
  readonly atStart: boolean
  readonly loadingOlder: boolean
  readonly presence: Presence
  /** The refs under which own events were first shown as pending, by seq: the same row goes on. */
  readonly echoes: ReadonlyMap<number, string>
}

export interface RoomOptions {
  readonly name: string
  readonly outbox: Outbox
  me(): User | undefined
  /** Hands a frame to the connection; false when there is none. */
  send(frame: Outgoing): boolean
  /** When to tell the readers of a change: in a browser, before the next frame is painted. */
  schedule(tell: () => void): void
  random(): number
}

const PAGE = 50
const REFS = 200

/** One room as this page takes part in it: its log as far as it is known, who is there, and what waits to be sent. */
export class Room {
  readonly name: string
  readonly #options: RoomOptions
  readonly #timeline = new Timeline()
  readonly #attendance: Attendance
  readonly #courier: Courier
  readonly #pager: Pager
  readonly #view: Store<RoomView>
  #presence = nobody
  #dirty = false

  constructor(options: RoomOptions) {
    const { name: room, outbox, me, random } = options
    const changed = () => this.#changed()
    const send = (frame: Outgoing) => options.send(frame)
    this.name = room
    this.#options = options
    this.#courier = new Courier({ room, outbox, me, random, send: (frame) => this.#attendance.joined && send(frame) })
    this.#attendance = new Attendance({
      room,
      send,
      random,
      left: () => {
        this.#pager.drop()
        changed()
      },
      terms: (fresh) => this.#terms(fresh),
      busy: () => this.#courier.waiting().length > 0,
    })
    const lost = () => this.#attendance.listen(true)
    this.#pager = new Pager({ room, timeline: this.#timeline, send, random, changed, lost })
    this.#view = new Store(this.#look())
    outbox.all.subscribe(() => {
      this.#courier.onOutbox()
      changed()
    })
  }

  get view(): Readable<RoomView> {
    return this.#view
  }

  /** Someone looks at the room from now on, until the returned function is called. */
  enter(): () => void {
    return this.#attendance.enter()
  }

  send(text: string): void {
    this.#options.outbox.add(this.name, text, this.#options.me()?.id)
    this.flush()
  }

  /** A person wants a refused message tried again. */
  retry(ref: string): void {
    this.#options.outbox.retry(ref, this.#options.me()?.id)
    this.flush()
  }

  discard(ref: string): void {
    this.#options.outbox.remove(ref)
  }

  /** Sends what waits, joining for it if need be. */
  flush(): void {
    if (this.#attendance.joined) this.#courier.flush()
    else this.#attendance.listen()
  }

  /** Asks again to be let in, after a refusal. */
  rejoin(): void {
    this.#attendance.rejoin()
    this.#changed()
  }

  /** Reads the page before the oldest event known, if there is one. */
  loadOlder(): void {
    if (this.#attendance.joined) this.#pager.loadOlder()
  }

  /** Keeps a long stay from filling the memory; only while nobody reads the old events. */
  trim(keep: number): void {
    if (this.#timeline.trim(keep)) this.#changed()
  }

  /** The connection is open and the hub knows us. */
  online(): void {
    this.#attendance.online()
  }

  offline(): void {
    this.#attendance.offline()
    this.#pager.drop()
    this.#courier.reset()
    this.#timeline.interrupted()
    this.#changed()
  }

  handle(frame: Frame): void {
    if ('other' in frame) return this.#add([frame])
    switch (frame.type) {
      case 'room.joined':
        return this.#onJoined(frame)
      case 'room.history':
        this.#courier.recognise(frame.events ?? [])
        return this.#pager.onHistory(frame)
      case 'chat.received_message':
        return this.#add([frame])
      case 'presence.changed':
        this.#presence = changePresence(this.#presence, frame)
        return this.#changed()
      case 'error':
        this.#courier.onError(frame)
        this.#pager.onError(frame)
        this.#attendance.onError(frame)
        return this.#changed()
      default:
        return undefined
    }
  }

  #terms(fresh: boolean) {
    const { epoch, tip } = this.#timeline
    const refs = this.#courier.waiting().slice(0, REFS).map((p) => p.ref)
    return {
      limit: PAGE,
      ...(epoch !== undefined && !fresh && { since: tip, epoch }),
      ...(refs.length > 0 && { refs }),
    }
  }

  #onJoined(frame: Joined): void {
    if (!this.#attendance.onJoined(frame)) return
    const events = frame.events ?? []
    this.#courier.recognise(events)
    if (frame.recovered && frame.epoch === this.#timeline.epoch) this.#timeline.resume({ ...frame, events })
    else this.#replace(frame, events)
    for (const { ref, seq } of frame.kept ?? []) this.#options.outbox.keep(ref, seq)
    if (frame.present) this.#presence = { count: frame.present.count, users: frame.present.users }
    this.#pager.fill()
    this.#courier.flush()
    this.#changed()
  }

  #replace(frame: Joined, events: readonly Logged[]): void {
    this.#pager.drop()
    // Another history: what the old one had acknowledged can't appear in this one.
    if (frame.epoch !== this.#timeline.epoch) this.#options.outbox.shown(this.name, Infinity)
    this.#timeline.replace({ ...frame, events })
  }

  #add(events: readonly Logged[]): void {
    this.#courier.recognise(events)
    this.#timeline.add(events)
    if (this.#attendance.settled) this.#pager.fill()
    this.#changed()
  }

  #changed(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#options.schedule(() => {
      this.#dirty = false
      this.#options.outbox.shown(this.name, this.#timeline.tip)
      this.#view.set(this.#look())
      this.#attendance.leaveIfIdle()
    })
  }

  #look(): RoomView {
    return {
      known: this.#timeline.epoch !== undefined,
      joined: this.#attendance.joined,
      refused: this.#attendance.refused,
      events: this.#timeline.events,
      pending: this.#courier.unseen(),
      held: this.#courier.held,
      atStart: this.#timeline.atStart,
      loadingOlder: this.#pager.loadingOlder,
      presence: this.#presence,
      echoes: this.#courier.echoes,
    }
  }
}
