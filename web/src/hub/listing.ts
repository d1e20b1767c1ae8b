import { Question } from './question'
import { Store, type Readable } from './store'

/** So long what was told is told again from memory. */
const FRESH_MS = 60_000
/** Whoever looks something up does not read further. */
const MAX = 2_000

/** A list that the hub is asked for when somebody wants it, page by page, and that is kept for a minute. */
export class Listing<T> {
  readonly #ask: (ref: string, after: string | undefined) => boolean
  readonly #all = new Store<readonly T[] | undefined>(undefined)
  readonly #question = new Question()
  #pages: readonly T[] = []
  #at = -Infinity

  /** `ask` asks for what follows `after`, and says whether there was anybody to ask. */
  constructor(ask: (ref: string, after: string | undefined) => boolean) {
    this.#ask = ask
  }

  /** What was told last; undefined before anything was. */
  get all(): Readable<readonly T[] | undefined> {
    return this.#all
  }

  /** Somebody needs the list: asks, unless what is known is fresh or under way. */
  want(): void {
    if (this.#question.open || Date.now() - this.#at < FRESH_MS) return
    this.#pages = []
    this.#next(undefined)
  }

  /** Whether this is the answer that was waited for; `more` names what the next page comes after. */
  onPage(ref: string | undefined, items: readonly T[], more: string | undefined): boolean {
    if (!this.#question.answered(ref)) return false
    this.#pages = [...this.#pages, ...items]
    if (more !== undefined && this.#pages.length < MAX) this.#next(more)
    else {
      this.#at = Date.now()
      this.#all.set(this.#pages)
    }
    return true
  }

  onError(ref: string | undefined): void {
    this.#question.answered(ref)
  }

  /** Something has changed: it is asked for anew when it is wanted next. */
  outdated(): void {
    this.#at = -Infinity
  }

  offline(): void {
    this.#question.drop()
    this.outdated()
  }

  #next(after: string | undefined): void {
    this.#question.ask(
      (ref) => this.#ask(ref, after) || this.#question.drop(),
      () => {},
    )
  }
}
