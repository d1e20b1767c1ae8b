import { useMemo } from 'react'
import { useStore } from './use-store'

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  const store = useMemo(() => {
    const list = window.matchMedia(query)
    return {
      get: () => list.matches,
      subscribe: (listener: () => void) => {
        list.addEventListener('change', listener)
        return () => list.removeEventListener('change', listener)
      },
    }
  }, [query])
  return useStore(store)
}
