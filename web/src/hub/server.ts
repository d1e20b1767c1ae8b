import * as v from 'valibot'
import { Store, type Readable } from './store'

const listener = v.object({
  /** Empty where the hub listens on every address, and so on the one that this page came from. */
  host: v.optional(v.string(), ''),
  port: v.number(),
  tls: v.boolean(),
  /** Only the hub's own machine reaches it. */
  local: v.boolean(),
})

const about = v.object({
  version: v.string(),
  guests: v.boolean(),
  create: v.fallback(v.picklist(['anyone', 'members', 'admins']), 'anyone'),
  mqtt: v.array(listener),
  limits: v.object({ text: v.number(), event: v.number() }),
})

export type Listener = v.InferOutput<typeof listener>
/** What the hub says of itself to whoever asks. */
export type About = v.InferOutput<typeof about>

const PATH = '/api/v1/server'

/** What is known of the hub itself: how to connect to it, who may enter, how much a message holds. */
export class Server {
  readonly #fetch: typeof fetch
  readonly #about = new Store<About | undefined>(undefined)

  constructor(fetcher: typeof fetch = (...args) => fetch(...args)) {
    this.#fetch = fetcher
  }

  /** Undefined before the hub has answered. */
  get about(): Readable<About | undefined> {
    return this.#about
  }

  /** Asks anew; what is known stays where the hub does not answer. */
  async refresh(): Promise<About | undefined> {
    try {
      const response = await this.#fetch(PATH, { cache: 'no-store' })
      if (response.ok) this.#about.set(v.parse(about, await response.json()))
    } catch {
      // Away, or older than the page: what was known still holds best.
    }
    return this.#about.get()
  }
}
