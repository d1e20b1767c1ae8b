import { useSyncExternalStore } from 'react'

/** The one bridge between the live state, which knows nothing of React, and the components. */
export function useStore<T>(store: { get(): T; subscribe(listener: () => void): () => void }): T {
  return useSyncExternalStore(store.subscribe, store.get)
}
