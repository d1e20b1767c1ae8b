import { AGAIN_MS, backoff } from './backoff'
import type { Failure, History, Outgoing } from './frames'
import { Question } from './question'
import type { Timeline } from './timeline'

const PAGE = 100
const FILL = 200

export interface PagerOptions {
  readonly room: string
  readonly timeline: Timeline
  send(frame: Outgoing): boolean
  random(): number
  changed(): void
  /** The log no longer has what is missing: the room must be read anew. */
  lost(): void
}

/** Reads the log where the timeline lacks it: before its start when somebody reads there, after its tip when there is a hole. */
export class Pager {
  readonly #options: PagerOptions
  readonly #older = new Question()
  readonly #fill = new Question()
  /** How often in a row the hub did not serve what it said is there. */
  #unserved = 0
  #pause: ReturnType<typeof setTimeout> | undefined

  constructor(options: PagerOptions) {
    this.#options = options
  }

  get loadingOlder(): boolean {
    return this.#older.open
  }

  loadOlder(): void {
    const { timeline, changed } = this.#options
    if (this.#older.open || timeline.atStart) return
    this.#older.ask((ref) => this.#read(ref, { before: timeline.floor + 1, limit: PAGE }), changed)
    changed()
  }

  /** Asks for what is between the tip and the events that came too early, if any did. */
  fill(): void {
    const { timeline } = this.#options
    if (!timeline.hole) this.#unserved = 0
    if (!timeline.hole || this.#fill.open || this.#pause !== undefined) return
    this.#fill.ask((ref) => this.#read(ref, { after: timeline.tip, limit: FILL }), () => this.fill())
  }

  onHistory(frame: History): void {
    const { timeline, changed } = this.#options
    const events = frame.events ?? []
    if (this.#older.answered(frame.ref)) timeline.prepend(events, frame.more)
    if (this.#fill.answered(frame.ref)) {
      const before = timeline.tip
      timeline.add(events)
      if (timeline.hole && timeline.tip === before) this.#giveUp()
      else this.fill()
    }
    changed()
  }

  onError(frame: Failure): void {
    this.#older.answered(frame.ref)
    if (this.#fill.answered(frame.ref)) this.#giveUp()
  }

  /** Reading anew helps at once where the log was trimmed; a hub that goes on naming what it can't serve is given time. */
  #giveUp(): void {
    if (this.#unserved++ === 0) return this.#options.lost()
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined
        this.#options.lost()
      },
      backoff(this.#unserved - 2, this.#options.random, AGAIN_MS),
    )
  }

  #read(ref: string, range: { before?: number; after?: number; limit: number }): void {
    this.#options.send({ type: 'room.history', room: this.#options.room, ref, ...range })
  }

  /** What was asked belongs to a timeline or a connection that is gone. */
  drop(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#older.drop()
    this.#fill.drop()
  }
}
