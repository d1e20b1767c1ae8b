import { backoff } from './backoff'

/** The part of WebSocket that we use. */
export interface Wire {
  send(text: string): void
  close(): void
}

/** What a wire tells; after `closed` it tells nothing more. */
export interface WireEvents {
  opened(): void
  received(text: string): void
  closed(code: number, reason: string): void
}

export interface Closed {
  readonly code: number
  readonly reason: string
  /** Whether the connection had opened before; a refused upgrade closes without. */
  readonly opened: boolean
  /** In how many ms it is tried again; undefined when it is not. */
  readonly again: number | undefined
}

export interface ConnectionOptions {
  /** Asked anew for each try. */
  url(): string
  open(url: string, events: WireEvents): Wire
  onFrame(text: string): void
  /** A try begins. */
  onTry?(): void
  onClosed(closed: Closed): void
  random?: () => number
}

/** Close codes after which trying again by itself would be wrong: policy, session ended. */
const FINAL = new Set([1008, 4003])
const OPEN_WITHIN_MS = 10_000
/** A connection that lived this long was a good one: the next failure starts the backoff anew. */
const GOOD_AFTER_MS = 2_000

/** One connection to the hub that comes back by itself until it is stopped. */
export class Connection {
  readonly #options: ConnectionOptions
  #wire: Wire | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #abandon: () => void = () => {}
  #running = false
  #opened = false
  #attempt = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#attempt = 0
    this.#connect()
  }

  stop(): void {
    this.#running = false
    this.#drop()
  }

  /** Connects anew at once, whatever the state, as after a change of the URL. */
  restart(): void {
    this.stop()
    this.start()
  }

  /** A reason to believe in the network again: a wait is cut short, a connection is left alone. */
  wake(): void {
    if (this.#running && this.#wire === undefined) this.#connect()
  }

  /** Hands a frame to the socket; false when there is none open. */
  send(text: string): boolean {
    if (!this.#opened || this.#wire === undefined) return false
    this.#wire.send(text)
    return true
  }

  #connect(): void {
    this.#drop()
    // What an abandoned wire still tells is of no interest.
    let mine = true
    const guard = (act: () => void) => mine && act()
    const closed = (code: number, reason: string) => guard(() => this.#lost(code, reason))
    this.#abandon = () => (mine = false)
    this.#options.onTry?.()
    this.#timer = setTimeout(() => closed(1006, 'no answer'), OPEN_WITHIN_MS)
    this.#wire = this.#options.open(this.#options.url(), {
      opened: () => guard(() => this.#onOpened()),
      received: (text) => guard(() => this.#options.onFrame(text)),
      closed,
    })
  }

  #onOpened(): void {
    this.#opened = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => (this.#attempt = 0), GOOD_AFTER_MS)
  }

  #lost(code: number, reason: string): void {
    const opened = this.#opened
    this.#drop()
    this.#running = !FINAL.has(code)
    const again = this.#running ? backoff(this.#attempt++, this.#options.random) : undefined
    if (again !== undefined) this.#timer = setTimeout(() => this.#connect(), again)
    this.#options.onClosed({ code, reason, opened, again })
  }

  #drop(): void {
    clearTimeout(this.#timer)
    const wire = this.#wire
    this.#wire = undefined
    this.#opened = false
    this.#abandon()
    wire?.close()
  }
}
