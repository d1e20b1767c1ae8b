import type { Storage } from './storage'

const KEY = 'hubbub.emojis'

/** The emojis that this browser has used last, the latest first. */
export class RecentEmojis {
  readonly #storage: Storage
  readonly #most: number

  constructor(storage: Storage, most = 6) {
    this.#storage = storage
    this.#most = most
  }

  /** Those used last, then the usual ones. */
  with(usual: readonly string[]): readonly string[] {
    return [...new Set([...this.#read(), ...usual])].slice(0, this.#most)
  }

  use(emoji: string): void {
    this.#storage.set(KEY, JSON.stringify([...new Set([emoji, ...this.#read()])].slice(0, this.#most)))
  }

  clear(): void {
    this.#storage.remove(KEY)
  }

  #read(): readonly string[] {
    try {
      const value: unknown = JSON.parse(this.#storage.get(KEY) ?? '[]')
      return Array.isArray(value) ? value.filter((emoji) => typeof emoji === 'string') : []
    } catch {
      return []
    }
  }
}
