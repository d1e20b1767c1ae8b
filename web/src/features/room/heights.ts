/** What is known of a list's rows: measured heights where there are any, estimates elsewhere, and where each row begins. In px. */
export class Heights<T extends { readonly key: string }> {
  readonly #measured = new Map<string, number>()
  readonly #estimate: (row: T) => number
  #rows: readonly T[] = []
  #tops = new Float64Array(1)
  #stale = 0

  constructor(estimate: (row: T) => number) {
    this.#estimate = estimate
  }

  get rows(): readonly T[] {
    return this.#rows
  }

  set rows(rows: readonly T[]) {
    let same = 0
    const most = Math.min(rows.length, this.#rows.length)
    while (same < most && rows[same]?.key === this.#rows[same]?.key) same++
    this.#rows = rows
    this.#stale = Math.min(this.#stale, same)
  }

  /** The row's height was measured. */
  measure(index: number, height: number): void {
    const key = this.#rows[index]?.key
    if (key === undefined || this.#measured.get(key) === height) return
    this.#measured.set(key, height)
    this.#stale = Math.min(this.#stale, index)
  }

  /** The list has another width: what was measured no longer holds. */
  forget(): void {
    this.#measured.clear()
    this.#stale = 0
  }

  /** Where the row begins; of the row after the last, where the list ends. */
  top(index: number): number {
    this.#sum()
    return this.#tops[index] ?? 0
  }

  get total(): number {
    return this.top(this.#rows.length)
  }

  /** The row at this height: the last that begins at it or above. */
  at(y: number): number {
    this.#sum()
    let low = 0
    let high = this.#rows.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#tops[middle] ?? 0) <= y) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Adds up anew from the first row on that has changed. */
  #sum(): void {
    const count = this.#rows.length
    if (this.#stale >= count && this.#tops.length === count + 1) return
    const tops = new Float64Array(count + 1)
    tops.set(this.#tops.subarray(0, this.#stale + 1))
    for (let i = this.#stale; i < count; i++) {
      const row = this.#rows[i]
      if (row !== undefined) tops[i + 1] = (tops[i] ?? 0) + (this.#measured.get(row.key) ?? this.#estimate(row))
    }
    this.#tops = tops
    this.#stale = count
  }
}
