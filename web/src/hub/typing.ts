import type { Author } from './events'

/** Who is not heard of for this long has stopped. */
const EXPIRES_MS = 6_000
/** How often one tells that one is writing. */
const TELL_MS = 3_000
/** How soon after a message: with it the others have seen one stop. */
const AGAIN_MS = 1_000

interface Writer {
  readonly user: Author
  readonly until: number
}

/** Who is writing in a room now, and telling the others that one is. */
export class Typing {
  readonly #tell: () => boolean
  readonly #changed: () => void
  #writers: readonly Writer[] = []
  #users: readonly Author[] = []
  #expiry: ReturnType<typeof setTimeout> | undefined
  #told = -Infinity

  constructor(tell: () => boolean, changed: () => void) {
    this.#tell = tell
    this.#changed = changed
  }

  /** In the order in which they began. A new array after each change. */
  get users(): readonly Author[] {
    return this.#users
  }

  heard(user: Author): void {
    const until = Date.now() + EXPIRES_MS
    const known = this.#writers.some((w) => w.user.id === user.id)
    this.#set(known ? this.#writers.map((w) => (w.user.id === user.id ? { user, until } : w)) : [...this.#writers, { user, until }])
  }

  /** What they wrote has come, or they are gone. */
  stopped(ids: readonly string[]): void {
    if (this.#writers.some((w) => ids.includes(w.user.id))) this.#set(this.#writers.filter((w) => !ids.includes(w.user.id)))
  }

  clear(): void {
    if (this.#writers.length > 0) this.#set([])
  }

  /** One is writing: the others are told now and then. */
  writing(): void {
    const now = Date.now()
    if (now - this.#told >= TELL_MS && this.#tell()) this.#told = now
  }

  /** What one wrote is sent: the next words are news again, soon. */
  wrote(): void {
    this.#told = Math.min(this.#told, Date.now() - TELL_MS + AGAIN_MS)
  }

  #set(writers: readonly Writer[]): void {
    this.#writers = writers
    this.#users = writers.map((w) => w.user)
    clearTimeout(this.#expiry)
    if (writers.length > 0) {
      const first = Math.min(...writers.map((w) => w.until))
      this.#expiry = setTimeout(() => this.#set(this.#writers.filter((w) => w.until > Date.now())), Math.max(0, first - Date.now()))
    }
    this.#changed()
  }
}
