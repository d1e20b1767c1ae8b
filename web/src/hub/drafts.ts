import type { Storage } from './storage'

const PREFIX = 'hubbub.draft.'

/** Text being written, per room, kept through reloads. */
export class Drafts {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  get(room: string): string {
    return this.#storage.get(PREFIX + room) ?? ''
  }

  set(room: string, text: string): void {
    if (text === '') this.#storage.remove(PREFIX + room)
    else this.#storage.set(PREFIX + room, text)
  }
}
