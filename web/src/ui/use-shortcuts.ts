import { useEffect } from 'react'

export type Actions = Readonly<Record<string, (() => void) | undefined>>

/** Runs the action of a pressed combination, named as in `ctrl+k`, `alt+arrowup` or `?`; plain keys rest while one types. */
export function useShortcuts(actions: Actions): void {
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.isComposing) return
      const modified = e.ctrlKey || e.metaKey || e.altKey
      if (!modified && isTyping(e.target)) return
      if (document.querySelector('[role=dialog]:not([data-closed])') !== null) return
      const prefix = (e.ctrlKey || e.metaKey ? 'ctrl+' : '') + (e.altKey ? 'alt+' : '')
      const action = actions[prefix + e.key.toLowerCase()]
      if (action === undefined) return
      e.preventDefault()
      action()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [actions])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
