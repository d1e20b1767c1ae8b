import * as v from 'valibot'
import type { Opened, User } from './frames'
import { Store, type Readable } from './store'
import type { Storage } from './storage'

export interface Identity {
  /** The name asked for; undefined before anyone has entered. */
  readonly name: string | undefined
  /** Who the hub says we are; remembered between visits. */
  readonly user: User | undefined
}

const NAME = 'hubbub.name'
const SECRET = 'hubbub.guest'
const USER = 'hubbub.user'
const PATH = '/api/v1/session'

const storedUser = v.object({ id: v.string(), name: v.string(), kind: v.picklist(['person', 'guest', 'device', 'bot']) })

/** Who this browser is: the name, and the guest secret that keeps the identity. */
export class Session {
  readonly #storage: Storage
  readonly #fetch: typeof fetch
  readonly #identity: Store<Identity>
  /** The secret that was shown when the connection was asked for. */
  #shown: string | undefined

  constructor(storage: Storage, fetcher: typeof fetch = (...args) => fetch(...args)) {
    this.#storage = storage
    this.#fetch = fetcher
    this.#identity = new Store<Identity>({ name: storage.get(NAME), user: readUser(storage.get(USER)) })
  }

  get identity(): Readable<Identity> {
    return this.#identity
  }

  get user(): User | undefined {
    return this.#identity.get().user
  }

  /** Asks for a name; it holds from the next connection on. */
  enter(name: string): void {
    const wanted = name.trim()
    this.#storage.set(NAME, wanted)
    this.#identity.set({ ...this.#identity.get(), name: wanted })
  }

  /** Forgets who this browser is: a guest's secret is nowhere else, so nobody comes back as this guest. */
  leave(): void {
    for (const key of [NAME, SECRET, USER]) this.#storage.remove(key)
    this.#identity.set({ name: undefined, user: undefined })
  }

  /** Calls back when another tab of this browser has left. */
  onLeft(left: () => void): void {
    this.#storage.watch((key) => {
      if ((key !== undefined && key !== NAME) || this.#storage.get(NAME) !== undefined || this.#identity.get().name === undefined) return
      this.#identity.set({ name: undefined, user: undefined })
      left()
    })
  }

  /** Where to connect as this identity. Another tab may have got the secret meanwhile, so storage is asked each time. */
  path(): string {
    const { name, user } = this.#identity.get()
    const query = new URLSearchParams()
    const secret = this.#storage.get(SECRET)
    this.#shown = secret
    if (secret !== undefined) query.set('guest', secret)
    if (name !== undefined && (secret === undefined || name !== user?.name)) query.set('name', name)
    return `/ws?${query.toString()}`
  }

  /** Takes over who the hub says we are. False when another tab became somebody meanwhile: this browser is one person, so connect anew. */
  opened({ user, guest }: Opened): boolean {
    const other = this.#storage.get(SECRET)
    if (guest !== undefined && this.#shown === undefined && other !== undefined && other !== guest) return false
    if (guest !== undefined) this.#storage.set(SECRET, guest)
    this.#storage.set(USER, JSON.stringify(user))
    this.#storage.set(NAME, user.name)
    this.#identity.set({ name: user.name, user })
    return true
  }

  /**
   * After refused upgrades, which say nothing to a script: asks the hub whether the secret still holds. Drops a
   * secret that does not, and gives up a new name that the hub would not take. Returns the id that was lost, if one was.
   */
  async verify(): Promise<string | undefined> {
    const secret = this.#storage.get(SECRET)
    if (secret === undefined || (await this.#status('/readyz')) !== 200) return undefined
    const status = await this.#status(`${PATH}?guest=${encodeURIComponent(secret)}`)
    const { name, user } = this.#identity.get()
    if (status === 200 && user !== undefined && name !== user.name) this.enter(user.name)
    if (status !== 401) return undefined
    this.#storage.remove(SECRET)
    this.#storage.remove(USER)
    this.#identity.set({ name, user: undefined })
    return user?.id
  }

  async #status(path: string): Promise<number> {
    try {
      return (await this.#fetch(path, { cache: 'no-store' })).status
    } catch {
      return 0
    }
  }
}

function readUser(json: string | undefined): User | undefined {
  try {
    return v.parse(storedUser, JSON.parse(json ?? ''))
  } catch {
    return undefined
  }
}
