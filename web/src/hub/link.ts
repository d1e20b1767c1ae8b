import { Store, type Readable } from './store'

/** The connection as a person should be told of it. */
export interface LinkView {
  readonly state: 'off' | 'connecting' | 'online' | 'stopped'
  /** Without a connection for long enough to mention it. */
  readonly late: boolean
  /** Why it was stopped, in words. */
  readonly reason: string
}

const LATE_MS = 3_000

export class Link {
  readonly #view = new Store<LinkView>({ state: 'off', late: false, reason: '' })
  #timer: ReturnType<typeof setTimeout> | undefined

  get view(): Readable<LinkView> {
    return this.#view
  }

  get isOnline(): boolean {
    return this.#view.get().state === 'online'
  }

  connecting(): void {
    if (this.#view.get().state === 'connecting') return
    this.#settle('connecting')
    this.#timer = setTimeout(() => this.#view.set({ state: 'connecting', late: true, reason: '' }), LATE_MS)
  }

  online(): void {
    this.#settle('online')
  }

  off(): void {
    this.#settle('off')
  }

  stopped(reason: string): void {
    this.#settle('stopped', reason)
  }

  #settle(state: LinkView['state'], reason = ''): void {
    clearTimeout(this.#timer)
    this.#view.set({ state, late: false, reason })
  }
}
