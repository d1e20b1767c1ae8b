import { isMessage, type Gap, type Logged } from './events'
import { Standings, type Standing } from './standing'

/** What a run holds: events of the log and, in a room that keeps none, the gaps between them. */
export type Entry = Logged | Gap

export interface Page {
  readonly events: readonly Logged[]
  readonly head: number
  readonly first: number
  readonly epoch: string
  readonly ephemeral: boolean
}

/**
 * One room's log as far as it is known here: a run of events without holes, ordered by seq. Whatever is handed in
 * (again, too early, too late), the run stays a run: what is ahead of a hole is held back until the hole is filled.
 * A room that keeps no log can't fill one; there the hub says what was passed over.
 */
export class Timeline {
  #events: readonly Entry[] = []
  #messages: readonly Standing[] | undefined
  readonly #standings = new Standings()
  #floor = 0
  #tip = 0
  #head = 0
  #first = 1
  #epoch: string | undefined
  #ephemeral = false
  readonly #held = new Map<number, Entry>()

  /** The events in order, as they came. A new array after each change. */
  get events(): readonly Entry[] {
    return this.#events
  }
  /** The messages among them as they stand now. */
  get messages(): readonly Standing[] {
    this.#messages ??= this.#events.filter(isMessage).map((event) => this.#standings.of(event))
    return this.#messages
  }
  /** The last seq of the run: what to name as `since`. */
  get tip(): number {
    return this.#tip
  }
  /** The seq before the run's first. */
  get floor(): number {
    return this.#floor
  }
  get epoch(): string | undefined {
    return this.#epoch
  }
  /** Whether the room keeps no log. */
  get ephemeral(): boolean {
    return this.#ephemeral
  }
  /** Whether the room's oldest kept event is in the run. */
  get atStart(): boolean {
    return this.#ephemeral || this.#floor + 1 <= this.#first
  }
  /** Whether events after the tip are known to exist, and can be read. */
  get hole(): boolean {
    return this.#epoch !== undefined && !this.#ephemeral && this.#tip < this.#head
  }

  /** Starts anew from a page that ends at head. */
  replace(page: Page): void {
    if (page.epoch === this.#epoch && page.head < this.#tip) return // an answer that was overtaken
    const run = lastRun(page.events)
    this.#standings.clear()
    this.#standings.append(run)
    this.#set(run)
    this.#floor = (run[0]?.seq ?? page.head + 1) - 1
    this.#tip = this.#floor + run.length
    this.#first = page.first
    this.#epoch = page.epoch
    this.#ephemeral = page.ephemeral
    this.#head = Math.max(page.head, this.#tip, ...this.#held.keys())
    this.#release()
  }

  /** Adds the events after the tip that a rejoin brought. */
  resume(page: Pick<Page, 'events' | 'head' | 'first'>): void {
    this.#first = page.first
    this.#head = Math.max(this.#head, page.head)
    this.add(page.events)
  }

  /** Adds events that may be new, known, or ahead of a hole. */
  add(events: readonly Logged[]): void {
    for (const event of events) {
      if (event.seq <= this.#tip && this.#epoch !== undefined) continue
      this.#held.set(event.seq, event)
      this.#head = Math.max(this.#head, event.seq)
    }
    this.#release()
  }

  /** Passes over what will never come. */
  pass(gap: Gap): void {
    if (gap.seq <= this.#tip) return
    this.#head = Math.max(this.#head, gap.seq)
    this.#held.set(Math.max(gap.after, this.#tip) + 1, gap)
    this.#release()
  }

  /** Puts older events before the run; ignored unless they end right where it starts. `live` may know more of its messages. */
  prepend(events: readonly Entry[], more: boolean, live: readonly Entry[] = []): void {
    const page = lastRun(events)
    if (page.length > 0 && page.at(-1)?.seq !== this.#floor) return
    this.#standings.insert(page, this.#events, live)
    this.#floor -= page.length
    this.#set([...page, ...this.#events])
    if (!more) this.#first = this.#floor + 1
  }

  /** Puts newer events after a run that does not reach the present. */
  append(events: readonly Logged[], live: readonly Entry[]): void {
    const before = this.#events.length
    this.add(events)
    this.#standings.insert(this.#events.slice(before), live)
    this.#messages = undefined
  }

  /** Takes in what was done to messages of a run that does not hold the doing. */
  touch(events: readonly Entry[]): void {
    if (this.#standings.touch(events)) this.#messages = undefined
  }

  /** Whether the message of this id is in the run. */
  has(id: string): boolean {
    return this.#standings.has(id)
  }

  /** The events after seq. */
  since(after: number): readonly Entry[] {
    return this.#events.slice(this.#events.findLastIndex((event) => event.seq <= after) + 1)
  }

  /** A run of the oldest `keep` events of this one, its messages as they stand here. */
  copy(keep: number): Timeline {
    const part = new Timeline()
    const events = this.#events.slice(0, keep).filter((event): event is Logged => event.type !== 'room.gap')
    part.replace({ events, head: events.at(-1)?.seq ?? this.#floor, first: this.#first, epoch: this.#epoch ?? '', ephemeral: false })
    part.touch(this.#events)
    return part
  }

  /** Forgets all but the oldest `keep` events of a run that does not reach the present. */
  trimEnd(keep: number): void {
    const gone = this.#events.slice(keep)
    this.#standings.forget(gone)
    this.#set(this.#events.slice(0, keep))
    this.#tip = this.#head = this.#events.at(-1)?.seq ?? this.#floor
  }

  /** Forgets all but the newest `keep` events; they can be read again. */
  trim(keep: number): boolean {
    const excess = this.#events.length - keep
    if (excess <= 0) return false
    const gone = this.#events.slice(0, excess)
    this.#standings.forget(gone)
    this.#floor = gone.at(-1)?.seq ?? this.#floor
    this.#set(this.#events.slice(excess))
    return true
  }

  /** The connection is gone: what was held back will come again. */
  interrupted(): void {
    this.#held.clear()
  }

  #release(): void {
    if (this.#epoch === undefined) return
    const fresh: Entry[] = []
    for (;;) {
      const event = this.#held.get(this.#tip + 1)
      if (event === undefined) break
      fresh.push(event)
      this.#tip = event.seq
    }
    this.#standings.append(fresh)
    if (fresh.length > 0) this.#set([...this.#events, ...fresh])
    for (const seq of this.#held.keys()) if (seq <= this.#tip) this.#held.delete(seq)
  }

  #set(events: readonly Entry[]): void {
    this.#events = events
    this.#messages = undefined
  }
}

/** The longest run without holes at the end of a page, in order. */
function lastRun<T extends Entry>(events: readonly T[]): T[] {
  const sorted = events.toSorted((a, b) => a.seq - b.seq)
  let start = Math.max(0, sorted.length - 1)
  while (start > 0 && sorted[start - 1]?.seq === (sorted[start]?.seq ?? 0) - 1) start--
  return sorted.slice(start)
}
