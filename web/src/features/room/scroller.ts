import { Heights } from './heights'
import type { Row } from './rows'

/** Which rows are drawn: those from `from` to before `to`, and the one that has the focus, wherever it is. */
export interface Drawn {
  readonly from: number
  readonly to: number
  /** Undefined where it is among the others, or there is none. */
  readonly focused: number | undefined
}

/** Where a person reads: at the bottom, or with a row at an offset from the top of what is in sight, in px. */
type Place = { readonly stuck: true } | { readonly stuck: false; readonly key: string; readonly seq: number; readonly offset: number }

/** What a reader comes back to. */
export type Kept = Place

export interface Edges {
  /** The reader is near an end of what is loaded. */
  near(end: 'top' | 'bottom'): void
  /** Where the reader is has changed. */
  moved(place: Kept): void
}

/** How near the bottom counts as being there, in px. */
const BOTTOM = 32
/** How much beyond what is in sight is drawn, at first and at least, and how near the end of what is loaded asks for more; in heights of what is in sight. */
const BEYOND = 1.5
const LEAST = 0.7
const NEAR = 2
const MARGIN = 12

/**
 * Draws of a long list what is in sight and a little more, and keeps the reader's place whatever comes, goes, grows and shrinks: at the
 * bottom it stays at the bottom, elsewhere the topmost row in sight stays where it is to the pixel. The place is what is kept; where
 * the list is scrolled to follows from it, after each drawing and before it is painted. The browser's own scroll anchoring is off:
 * it gives up at the top, and knows nothing of rows that are not drawn.
 */
export class Scroller {
  readonly #heights = new Heights<Row>((row) => this.#estimate(row))
  readonly #listeners = new Set<() => void>()
  readonly #edges: Edges
  #box: HTMLElement | undefined
  #list: HTMLElement | undefined
  #place: Place
  #drawn: Drawn = { from: 0, to: 0, focused: undefined }
  #focused: string | undefined
  #lastTop = 0
  #height = 800
  #width = 800
  /** Whether the last row is that of the present, so that there is a bottom to stay at. */
  #ends = true
  #moved = false

  constructor(edges: Edges, kept: Kept | undefined) {
    this.#edges = edges
    this.#place = kept ?? { stuck: true }
  }

  get kept(): Kept {
    return this.#place
  }

  get stuck(): boolean {
    return this.#place.stuck
  }

  /** What is drawn, which changes as one scrolls. */
  readonly shown = {
    get: (): Drawn => this.#drawn,
    subscribe: (listener: () => void): (() => void) => {
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    },
  }

  /** How far below the first row this one begins, as far as it is known. */
  top(index: number): number {
    return this.#heights.top(index)
  }

  /** Starts to look after what was drawn; stops when the returned function is called. */
  attach(box: HTMLElement, list: HTMLElement): () => void {
    this.#box = box
    this.#list = list
    const observer = new ResizeObserver(() => this.settle())
    observer.observe(box)
    observer.observe(list)
    return () => {
      observer.disconnect()
      this.#box = this.#list = undefined
    }
  }

  /** Says what there is to draw, before it is drawn. `ends`: whether the last row is that of the present. */
  layout(rows: readonly Row[], ends: boolean): Drawn {
    if (rows !== this.#heights.rows || ends !== this.#ends) {
      if (this.#box !== undefined && Math.abs(this.#box.scrollTop - this.#lastTop) > 1) this.#look(this.#box)
      this.#heights.rows = rows
      this.#ends = ends
      if (this.#place.stuck && !ends) this.#place = this.#at(Math.max(0, rows.length - 1), 0)
      this.#draw(this.#wanted(true))
    }
    return this.#drawn
  }

  /** Measures what was drawn and puts the reader's place where it was. Called after each drawing, and when anything has changed its size. */
  readonly settle = (): void => {
    const box = this.#box
    if (box === undefined) return
    if (box.clientHeight === 0) return // not shown
    this.#height = box.clientHeight
    if (box.clientWidth !== this.#width) {
      this.#width = box.clientWidth
      this.#heights.forget()
    }
    this.#measure()
    this.#scroll(box)
    this.#lastTop = box.scrollTop
    this.#update()
    this.#tell(box)
  }

  readonly onScroll = (): void => {
    const box = this.#box
    if (box === undefined || Math.abs(box.scrollTop - this.#lastTop) < 0.5) return
    this.#look(box)
    this.#update()
    this.#tell(box)
  }

  /** Goes to the bottom and stays there. */
  toEnd(): void {
    this.#put({ stuck: true })
  }

  /** Goes to a row; false when there is none of that index. `share` of what is in sight stays above it. */
  to(index: number, share: number): boolean {
    if (this.#heights.rows[index] === undefined) return false
    this.#put(this.#at(index, this.#height * share))
    return true
  }

  /** Gives the focus to a row, which is drawn already, and moves no more than is needed to have it in sight. */
  focus(index: number): void {
    const box = this.#box
    if (box === undefined) return
    const row = this.#element(index)
    const target = row?.querySelector<HTMLElement>('article')
    if (row === undefined || target === undefined || target === null) return
    target.focus({ preventScroll: true })
    const { top, bottom } = row.getBoundingClientRect()
    const sight = box.getBoundingClientRect()
    if (top < sight.top + MARGIN) this.#put(this.#at(index, MARGIN))
    else if (bottom > sight.bottom - MARGIN) this.#put(this.#at(index, Math.max(MARGIN, this.#height - MARGIN - (bottom - top))))
  }

  /** Has the row of this index drawn, wherever it is, until the focus goes elsewhere. */
  draw(index: number): void {
    this.focusIs(this.#heights.rows[index]?.key)
  }

  /** The focus went to a row, or out of the list. */
  focusIs(key: string | undefined): void {
    if (this.#focused === key) return
    this.#focused = key
    this.#update()
  }

  /** The last row that begins in sight. */
  get lastInSight(): number {
    const box = this.#box
    return box === undefined ? 0 : this.#heights.at(this.#heights.top(this.#drawn.from) + this.#below(box))
  }

  /** How far below the first drawn row what is in sight ends. */
  #below(box: HTMLElement): number {
    const first = this.#element(this.#drawn.from)
    return first === undefined ? 0 : box.getBoundingClientRect().bottom - first.getBoundingClientRect().top - 1
  }

  #put(place: Place): void {
    this.#place = place
    this.#moved = true
    this.#update()
    this.settle()
  }

  #isAtBottom(box: HTMLElement): boolean {
    return box.scrollHeight - box.scrollTop - box.clientHeight < BOTTOM
  }

  /**
   * The place that has this row at this offset. A message keeps it: the line of a day moves up when more of that day is read; and not the
   * first one at hand, which loses its name and its picture when the one before it is read.
   */
  #at(index: number, offset: number): Place {
    const { rows } = this.#heights
    const first = rows.findIndex((row) => row.type === 'message')
    const message = rows.findIndex((row, i) => i >= index && i > first && row.type === 'message')
    const at = message < 0 ? index : message
    const row = rows[at]
    if (row === undefined) return { stuck: true }
    const below = this.#heights.top(at) - this.#heights.top(index)
    return { stuck: false, key: row.key, seq: row.type === 'message' ? row.event.seq : Infinity, offset: offset + below }
  }

  /** Takes the place from where the list is scrolled to: a person did that. */
  #look(box: HTMLElement): void {
    const top = box.scrollTop
    const before = this.#place
    // Only a move upwards leaves the bottom; content that grew below does not.
    if (this.#ends && (this.#isAtBottom(box) || (before.stuck && top >= this.#lastTop - 1))) this.#place = { stuck: true }
    else this.#place = this.#topmost(box)
    this.#lastTop = top
    this.#moved = true
  }

  /** The first row in sight, as it is drawn; where nothing of that is in sight, as it is reckoned. */
  #topmost(box: HTMLElement): Place {
    const edge = box.getBoundingClientRect().top
    const { from, to } = this.#drawn
    for (let i = from; i < to; i++) {
      const rect = this.#element(i)?.getBoundingClientRect()
      if (rect === undefined || rect.bottom <= edge) continue
      if (rect.top > edge + this.#height || (i === from && rect.top > edge + 1 && from > 0)) break
      return this.#at(i, rect.top - edge)
    }
    const first = this.#element(from)?.getBoundingClientRect().top ?? edge
    const y = this.#heights.top(from) - (first - edge)
    const index = this.#heights.at(y)
    return this.#at(index, this.#heights.top(index) - y)
  }

  #index(place: Place): number {
    const { rows } = this.#heights
    if (place.stuck) return rows.length - 1
    const found = rows.findIndex((row) => row.key === place.key)
    if (found >= 0) return found
    const near = rows.findIndex((row) => row.type === 'message' && row.event.seq >= place.seq)
    return near >= 0 ? near : rows.length - 1
  }

  /** What is to be drawn for the place; as it is, where that will do and `anew` is not set. */
  #wanted(anew: boolean): Drawn {
    const heights = this.#heights
    const count = heights.rows.length
    const top = this.#place.stuck ? heights.total - this.#height : heights.top(this.#index(this.#place)) - this.#place.offset
    const covers = (beyond: number) => ({
      from: heights.at(Math.max(0, top - this.#height * beyond)),
      to: Math.min(count, heights.at(top + this.#height * (1 + beyond)) + 1),
    })
    const least = covers(LEAST)
    const { from, to } = this.#drawn
    const range = !anew && from <= least.from && to >= least.to && to <= count ? { from, to } : covers(BEYOND)
    const focused = this.#focused === undefined ? -1 : heights.rows.findIndex((row) => row.key === this.#focused)
    return { ...range, focused: focused < 0 || (focused >= range.from && focused < range.to) ? undefined : focused }
  }

  #draw(next: Drawn): boolean {
    const { from, to, focused } = this.#drawn
    if (next.from === from && next.to === to && next.focused === focused) return false
    this.#drawn = next
    return true
  }

  #update(): void {
    if (!this.#draw(this.#wanted(false))) return
    for (const listener of this.#listeners) listener()
  }

  #measure(): void {
    for (const row of this.#list?.querySelectorAll<HTMLElement>(':scope > [data-row]') ?? []) {
      this.#heights.measure(Number(row.dataset['row']), row.getBoundingClientRect().height)
    }
  }

  #scroll(box: HTMLElement): void {
    const place = this.#place
    if (place.stuck) {
      box.scrollTop = box.scrollHeight
      return
    }
    const index = this.#index(place)
    const row = this.#element(index)
    if (row === undefined) return
    const edge = box.getBoundingClientRect().top
    const off = row.getBoundingClientRect().top - edge - place.offset
    if (Math.abs(off) >= 0.5) box.scrollTop += off
    const offset = row.getBoundingClientRect().top - edge
    // At an end of the list it can't be had as it was; and a row that is gone has one in its stead.
    if (this.#ends && offset > place.offset + 1 && this.#isAtBottom(box)) this.#place = { stuck: true }
    else if (Math.abs(offset - place.offset) > 1 || this.#heights.rows[index]?.key !== place.key) this.#place = this.#at(index, offset)
  }

  /** Tells what has happened, when nothing is being drawn. */
  #tell(box: HTMLElement): void {
    if (this.#moved) {
      this.#moved = false
      this.#edges.moved(this.#place)
    }
    if (this.#heights.rows.length === 0) return
    const above = box.scrollTop
    const below = box.scrollHeight - above - box.clientHeight
    if (above < this.#height * NEAR) this.#edges.near('top')
    if (below < this.#height * NEAR) this.#edges.near('bottom')
  }

  #element(index: number): HTMLElement | undefined {
    return this.#list?.querySelector<HTMLElement>(`:scope > [data-row="${index}"]`) ?? undefined
  }

  /** Roughly how tall a row will be; it only matters for the length of the scroll bar. */
  #estimate(row: Row): number {
    if (row.type === 'day' || row.type === 'new' || row.type === 'gap') return 40
    const text = row.type === 'message' ? (row.event.text ?? '') : row.pending.text
    const perLine = Math.max(20, (this.#width - 88) / 7.6)
    let lines = 0
    for (const line of text.slice(0, 2_000).split('\n')) lines += Math.max(1, Math.ceil(line.length / perLine))
    return lines * 22 + (row.head ? 30 : 4)
  }
}
