import { AGAIN_MS, backoff } from './backoff'
import type { Logged } from './events'
import type { Failure, History, Outgoing } from './frames'
import { Question } from './question'
import { Timeline, type Entry } from './timeline'

export interface AsideOptions {
  readonly room: string
  /** The run that ends at the present. */
  readonly live: Timeline
  /** Hands a frame to the connection; false when the room can't be spoken in now. */
  send(frame: Outgoing): boolean
  random(): number
  changed(): void
}

const PAGE = 100
/** So many events are kept where one reads, and so many are dropped at once at the far end. */
const MOST = 3_000
const KEEP = 2_000

/**
 * A part of the log that does not reach the present, for who reads further back: around a message that was gone to, or what was
 * scrolled to. It grows at both ends, is cut at the far one, and becomes a part of the live run when the two meet.
 */
export class Aside {
  readonly #options: AsideOptions
  readonly #around = new Question()
  readonly #older = new Question()
  readonly #newer = new Question()
  #timeline: Timeline | undefined
  #target: string | undefined
  #lost: string | undefined
  #attempt = 0
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(options: AsideOptions) {
    this.#options = options
  }

  /** What is shown instead of the live run; undefined while that is shown. */
  get timeline(): Timeline | undefined {
    return this.#timeline
  }

  /** The id that was gone to and that the log does not have. */
  get lost(): string | undefined {
    return this.#lost
  }

  get loading(): boolean {
    return this.#target !== undefined || this.#older.open || this.#newer.open
  }

  /** Goes to a message that neither run holds. What is shown stays until its page is there. */
  visit(id: string): void {
    this.#lost = undefined
    this.#target = id
    this.#attempt = 0
    this.#find()
    this.#options.changed()
  }

  /** The room was joined: what was asked on the connection before is asked again. */
  resume(): void {
    if (this.#target !== undefined) this.#find()
  }

  /** Reads the page before, or after, the part. */
  load(direction: 'older' | 'newer'): void {
    const timeline = this.#timeline
    const question = direction === 'older' ? this.#older : this.#newer
    if (timeline === undefined || question.open || (direction === 'older' && timeline.atStart)) return
    const range = direction === 'older' ? { before: timeline.floor + 1 } : { after: timeline.tip }
    question.ask((ref) => this.#read(ref, { ...range, limit: PAGE }), this.#options.changed)
    this.#options.changed()
  }

  /** Back to the present. */
  leave(): void {
    this.drop()
    this.#target = this.#lost = this.#timeline = undefined
  }

  /** What was asked belongs to a connection that is gone. */
  drop(): void {
    clearTimeout(this.#retry)
    for (const question of [this.#around, this.#older, this.#newer]) question.drop()
  }

  onHistory(frame: History): void {
    const events = frame.events ?? []
    if (this.#around.answered(frame.ref)) this.#arrive(events, frame.more)
    if (this.#older.answered(frame.ref)) this.#timeline?.prepend(events, frame.more, this.#options.live.events)
    if (this.#newer.answered(frame.ref)) this.#timeline?.append(events, this.#options.live.events)
    this.#meet()
  }

  onError(frame: Failure): void {
    this.#older.answered(frame.ref)
    this.#newer.answered(frame.ref)
    if (!this.#around.answered(frame.ref)) return
    if (frame.code === 'not_found' || frame.code === 'invalid') {
      this.#lost = this.#target
      this.#target = undefined
    } else this.#retry = setTimeout(() => this.#find(), backoff(this.#attempt++, this.#options.random, AGAIN_MS))
  }

  /** The live run began anew: what was done meanwhile is unknown, so the part is read again; in another history it is nothing. */
  stale(same: boolean): void {
    if (!same) return this.leave()
    this.drop()
    const messages = this.#timeline?.messages ?? []
    this.#target ??= messages[messages.length >> 1]?.id
  }

  /** Goes on with the live run, which is about to begin anew, since a person reads in it at this seq. */
  takeOver(seq: number): void {
    const { live } = this.#options
    if (this.#timeline !== undefined) return
    const place = live.messages.find((message) => message.seq >= seq) ?? live.messages.at(-1)
    if (place === undefined) return
    this.#timeline = live.copy(live.events.length)
    this.#target ??= place.id
  }

  /** Takes in what was done meanwhile to messages of the part. */
  touch(events: readonly Entry[]): void {
    this.#timeline?.touch(events)
  }

  /**
   * Keeps what is in memory small, however far one scrolls: of a long live run the older part goes on as this one, and of a long part the
   * end that is far from `seq`, which is in sight, is dropped.
   */
  bound(seq: number): void {
    const { live, changed } = this.#options
    const shown = this.#timeline ?? live
    if (shown.events.length <= MOST || live.ephemeral) return
    const isNearEnd = seq - shown.floor > MOST / 2
    if (this.#timeline === undefined) {
      if (isNearEnd) return
      this.#timeline = live.copy(KEEP)
    } else if (isNearEnd) shown.trim(KEEP)
    else shown.trimEnd(KEEP)
    changed()
  }

  #find(): void {
    clearTimeout(this.#retry)
    this.#around.ask((ref) => this.#read(ref, { around: this.#target ?? '', limit: PAGE }), () => this.#find())
  }

  #arrive(events: readonly Logged[], more: boolean): void {
    const { live } = this.#options
    const timeline = new Timeline()
    const head = events.at(-1)?.seq ?? 0
    timeline.replace({ events, head, first: more ? 0 : (events[0]?.seq ?? 1), epoch: live.epoch ?? '', ephemeral: false })
    timeline.touch(live.events)
    this.drop()
    this.#target = undefined
    this.#timeline = timeline
  }

  /** Puts the part before the live run, where the two meet. */
  #meet(): void {
    const { live } = this.#options
    const part = this.#timeline
    if (part === undefined || part.tip < live.floor) return
    live.prepend(part.events.filter((event) => event.seq <= live.floor), !part.atStart)
    this.leave()
  }

  #read(ref: string, range: { before?: number; after?: number; around?: string; limit: number }): void {
    this.#options.send({ type: 'room.history', room: this.#options.room, ref, ...range })
  }
}
