/** A value that changes over time and can be watched. The UI reads these; nothing here knows of React. */
export interface Readable<T> {
  get(): T
  subscribe(listener: () => void): () => void
}

/** The writable side. Values are replaced, never changed in place, so a reader may compare by identity. */
export class Store<T> implements Readable<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  readonly get = (): T => this.#value

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of this.#listeners) listener()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
