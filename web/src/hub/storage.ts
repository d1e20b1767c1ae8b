/** The part of localStorage that we use, so that tests and private windows can do without it. */
export interface Storage {
  get(key: string): string | undefined
  set(key: string, value: string): void
  remove(key: string): void
  /** Every key that starts with prefix, in no particular order. */
  keys(prefix: string): string[]
  /** Calls back when another tab has changed a key; undefined when everything may have changed. */
  watch(changed: (key: string | undefined) => void): () => void
}

export function memoryStorage(): Storage {
  const map = new Map<string, string>()
  return {
    get: (key) => map.get(key),
    set: (key, value) => void map.set(key, value),
    remove: (key) => void map.delete(key),
    keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
    watch: () => () => {},
  }
}

/** The browser's localStorage; what it refuses (blocked, full) is kept in memory for the life of the page. */
export function browserStorage(): Storage {
  const spare = memoryStorage()
  return {
    get: (key) => spare.get(key) ?? attempt(() => localStorage.getItem(key) ?? undefined, () => undefined),
    set: (key, value) =>
      attempt(
        () => {
          localStorage.setItem(key, value)
          spare.remove(key)
        },
        () => spare.set(key, value),
      ),
    remove: (key) => {
      spare.remove(key)
      attempt(() => localStorage.removeItem(key), () => {})
    },
    keys: (prefix) => [
      ...new Set([
        ...spare.keys(prefix),
        ...attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix)), () => []),
      ]),
    ],
    watch: (changed) => {
      const listener = (e: StorageEvent) => changed(e.key ?? undefined)
      window.addEventListener('storage', listener)
      return () => window.removeEventListener('storage', listener)
    },
  }
}

function attempt<T>(action: () => T, otherwise: () => T): T {
  try {
    return action()
  } catch {
    return otherwise()
  }
}
