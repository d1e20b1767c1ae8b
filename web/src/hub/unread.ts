import { Store, type Readable } from './store'

/** What of a room one has not read. */
export interface Unread {
  readonly unread: number
  readonly mentions: number
}

export const nothing: Unread = { unread: 0, mentions: 0 }

/** What is unread, by room: in rooms that are not joined what the hub counts, in the others what this page does. */
export class UnreadRooms {
  readonly #all = new Store<ReadonlyMap<string, Unread>>(new Map())

  get all(): Readable<ReadonlyMap<string, Unread>> {
    return this.#all
  }

  set(room: string, { unread, mentions }: Unread): void {
    const before = this.#all.get().get(room) ?? nothing
    if (before.unread === unread && before.mentions === mentions) return
    this.#all.set(new Map([...this.#all.get(), [room, { unread, mentions }]]))
  }

  /** Another user counts otherwise. */
  clear(): void {
    if (this.#all.get().size > 0) this.#all.set(new Map())
  }
}
