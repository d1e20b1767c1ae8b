import { isChange, isMessage, type Logged } from './events'
import type { Failure, History, Outgoing } from './frames'
import { Question } from './question'
import { applied, type Standing } from './standing'
import type { Entry, Timeline } from './timeline'

export interface QuotesOptions {
  readonly room: string
  /** The run that ends at the present: it may know more of a message than its row when that was read. */
  readonly live: Timeline
  /** Hands a frame to the connection; false when the room can't be spoken in now. */
  send(frame: Outgoing): boolean
  changed(): void
}

/** So many are kept; who scrolls on asks again. */
const MOST = 500

/** Messages that are answered further down, where they are not at hand: read one at a time, when an answer to them is in sight. */
export class Quotes {
  readonly #options: QuotesOptions
  readonly #question = new Question()
  readonly #wanted = new Set<string>()
  #asked = ''
  #all: ReadonlyMap<string, Standing | undefined> = new Map()

  constructor(options: QuotesOptions) {
    this.#options = options
  }

  /** The messages by id, as they stand; undefined where the log does not have it any more. */
  get all(): ReadonlyMap<string, Standing | undefined> {
    return this.#all
  }

  want(ids: readonly string[]): void {
    for (const id of ids) if (!this.#all.has(id)) this.#wanted.add(id)
    this.#ask()
  }

  onHistory(frame: History): void {
    if (this.#question.answered(frame.ref)) this.#learn((frame.events ?? []).find((event) => isMessage(event) && event.id === this.#asked))
  }

  onError(frame: Failure): void {
    if (!this.#question.answered(frame.ref)) return
    if (frame.code === 'not_found' || frame.code === 'invalid') this.#learn(undefined)
  }

  /** Takes in what was done meanwhile. */
  touch(events: readonly Entry[]): void {
    for (const event of events) {
      const target = isChange(event) ? this.#all.get(event.target) : undefined
      const next = target !== undefined && isChange(event) ? applied(target, event) : target
      if (next !== undefined && next !== target) this.#set(next.id, next)
    }
  }

  /** The connection is gone; what was not answered is asked for again when it is wanted. */
  drop(): void {
    this.#question.drop()
  }

  /** What was done while one was away may be unknown: all is read again. */
  clear(): void {
    this.drop()
    this.#all = new Map()
  }

  #ask(): void {
    const [next] = this.#wanted
    if (next === undefined || this.#question.open) return
    this.#asked = next
    const { room, send, changed } = this.#options
    this.#question.ask((ref) => void send({ type: 'room.history', room, ref, around: next, limit: 1 }), changed)
  }

  #learn(event: Logged | undefined): void {
    this.#wanted.delete(this.#asked)
    this.#set(this.#asked, event !== undefined && isMessage(event) ? event : undefined)
    this.touch(this.#options.live.events)
    this.#ask()
  }

  #set(id: string, message: Standing | undefined): void {
    const kept = [...this.#all].slice(-MOST)
    this.#all = new Map([...kept, [id, message]])
  }
}
