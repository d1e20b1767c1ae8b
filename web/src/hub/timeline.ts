import type { Logged } from './events'

/**
 * One room's log as far as it is known here: a run of events without holes, ordered by seq. Whatever is handed in
 * (again, too early, too late), the run stays a run: what is ahead of a hole is held back until the hole is filled.
 */
export class Timeline {
  #events: readonly Logged[] = []
  #floor = 0
  #head = 0
  #first = 1
  #epoch: string | undefined
  readonly #held = new Map<number, Logged>()

  /** The events in order. A new array after each change. */
  get events(): readonly Logged[] {
    return this.#events
  }
  /** The last seq of the run: what to name as `since`. */
  get tip(): number {
    return this.#floor + this.#events.length
  }
  /** The seq before the run's first. */
  get floor(): number {
    return this.#floor
  }
  get epoch(): string | undefined {
    return this.#epoch
  }
  /** Whether the room's oldest kept event is in the run. */
  get atStart(): boolean {
    return this.#floor + 1 <= this.#first
  }
  /** Whether events after the tip are known to exist. */
  get hole(): boolean {
    return this.#epoch !== undefined && this.tip < this.#head
  }

  /** Starts anew from a page that ends at head. */
  replace(page: { events: readonly Logged[]; head: number; first: number; epoch: string }): void {
    if (page.epoch === this.#epoch && page.head < this.tip) return // an answer that was overtaken
    const run = lastRun(page.events)
    this.#events = run
    this.#floor = (run[0]?.seq ?? page.head + 1) - 1
    this.#first = page.first
    this.#epoch = page.epoch
    this.#head = Math.max(page.head, this.tip, ...this.#held.keys())
    this.#release()
  }

  /** Adds the events after the tip that a rejoin brought. */
  resume(page: { events: readonly Logged[]; head: number; first: number }): void {
    this.#first = page.first
    this.#head = Math.max(this.#head, page.head)
    this.add(page.events)
  }

  /** Adds events that may be new, known, or ahead of a hole. */
  add(events: readonly Logged[]): void {
    for (const event of events) {
      if (event.seq <= this.tip && this.#epoch !== undefined) continue
      this.#held.set(event.seq, event)
      this.#head = Math.max(this.#head, event.seq)
    }
    this.#release()
  }

  /** Puts older events before the run; ignored unless they end right where it starts. */
  prepend(events: readonly Logged[], more: boolean): void {
    const run = lastRun(events)
    if (run.length > 0 && run.at(-1)?.seq !== this.#floor) return
    this.#floor -= run.length
    this.#events = [...run, ...this.#events]
    if (!more) this.#first = this.#floor + 1
  }

  /** Forgets all but the newest `keep` events; they can be read again. */
  trim(keep: number): boolean {
    const excess = this.#events.length - keep
    if (excess <= 0) return false
    this.#floor += excess
    this.#events = this.#events.slice(excess)
    return true
  }

  /** The connection is gone: what was held back will come again. */
  interrupted(): void {
    this.#held.clear()
  }

  #release(): void {
    if (this.#epoch === undefined) return
    const fresh: Logged[] = []
    for (let seq = this.tip + 1; ; seq++) {
      const event = this.#held.get(seq)
      if (event === undefined) break
      fresh.push(event)
    }
    if (fresh.length > 0) this.#events = [...this.#events, ...fresh]
    for (const seq of this.#held.keys()) if (seq <= this.tip) this.#held.delete(seq)
  }
}

/** The longest run without holes at the end of a page, in order. */
function lastRun(events: readonly Logged[]): Logged[] {
  const sorted = events.toSorted((a, b) => a.seq - b.seq)
  let start = Math.max(0, sorted.length - 1)
  while (start > 0 && sorted[start - 1]?.seq === (sorted[start]?.seq ?? 0) - 1) start--
  return sorted.slice(start)
}
