import { Store, type Readable } from './store'

/** The connection as a person should be told of it. */
export interface LinkView {
  readonly state: 'off' | 'connecting' | 'online' | 'stopped'
  /** Without a connection for long enough to mention it. */
  readonly late: boolean
  /** Why it was stopped, in words. */
  readonly reason: string
  /** Whether a person who enters anew would be let in: the session is over, the hub is not. */
  readonly ended: boolean
  /** The hub said that it restarts. */
  readonly restarting: boolean
  /** The browser says that there is no network. */
  readonly offline: boolean
  /** When the next try is, in ms; undefined while one is under way. */
  readonly retryAt: number | undefined
  /** The page was hung up on a moment ago, because it took in less than came. */
  readonly slow: boolean
}

const LATE_MS = 3_000
/** So long it is said that the page was too slow, after it is back. */
const TOLD_MS = 8_000

const fresh: LinkView = { state: 'off', late: false, reason: '', ended: false, restarting: false, offline: false, retryAt: undefined, slow: false }

export class Link {
  readonly #view = new Store<LinkView>(fresh)
  #timer: ReturnType<typeof setTimeout> | undefined
  #told: ReturnType<typeof setTimeout> | undefined

  get view(): Readable<LinkView> {
    return this.#view
  }

  get isOnline(): boolean {
    return this.#view.get().state === 'online'
  }

  /** A try is under way. */
  connecting(): void {
    if (this.#view.get().state !== 'connecting') {
      this.#settle('connecting')
      this.#timer = setTimeout(() => this.#change({ late: true }), LATE_MS)
    }
    this.#change({ retryAt: undefined })
  }

  /** The connection is lost; the next try is at this time. */
  waiting(retryAt: number): void {
    this.connecting()
    this.#change({ retryAt })
  }

  online(): void {
    this.#settle('online')
    this.#change({ restarting: false })
    clearTimeout(this.#told)
    if (this.#view.get().slow) this.#told = setTimeout(() => this.#change({ slow: false }), TOLD_MS)
  }

  off(): void {
    this.#settle('off')
  }

  /** Closed for good; `ended` when it is one's session that is over. */
  stopped(reason: string, ended = false): void {
    this.#settle('stopped')
    this.#change({ reason, ended })
  }

  /** What was said before the connection went. */
  told(what: 'restarting' | 'slow'): void {
    clearTimeout(this.#told)
    this.#change({ [what]: true })
  }

  network(online: boolean): void {
    this.#change({ offline: !online })
  }

  #settle(state: LinkView['state']): void {
    clearTimeout(this.#timer)
    this.#change({ state, late: false, reason: '', ended: false, retryAt: undefined })
  }

  #change(to: Partial<LinkView>): void {
    this.#view.set({ ...this.#view.get(), ...to })
  }
}
