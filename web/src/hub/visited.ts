import { isRoomName } from './names'
import { Store, type Readable } from './store'
import type { Storage } from './storage'

const KEY = 'hubbub.rooms'

/** The rooms that this browser has been in, in the order of the first visit, but those taken off the list. */
export class Visited {
  readonly #storage: Storage
  readonly #rooms: Store<readonly string[]>

  constructor(storage: Storage) {
    this.#storage = storage
    this.#rooms = new Store(read(storage))
    storage.watch((key) => {
      if (key === undefined || key === KEY) this.#rooms.set(read(storage))
    })
  }

  get rooms(): Readable<readonly string[]> {
    return this.#rooms
  }

  add(room: string): void {
    const rooms = read(this.#storage)
    if (rooms.includes(room)) return
    this.#set([...rooms, room])
  }

  remove(room: string): void {
    this.#set(read(this.#storage).filter((name) => name !== room))
  }

  clear(): void {
    this.#storage.remove(KEY)
    this.#rooms.set([])
  }

  #set(rooms: readonly string[]): void {
    this.#storage.set(KEY, JSON.stringify(rooms))
    this.#rooms.set(rooms)
  }
}

function read(storage: Storage): readonly string[] {
  try {
    const value: unknown = JSON.parse(storage.get(KEY) ?? '[]')
    return Array.isArray(value) ? value.filter((name) => typeof name === 'string' && isRoomName(name)) : []
  } catch {
    return []
  }
}
