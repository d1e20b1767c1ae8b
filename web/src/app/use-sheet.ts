import { useCallback } from 'react'
import { navigate, useHistoryState } from 'wouter/use-browser-location'

const sheets = ['rooms', 'here', 'find', 'create', 'connect', 'keys', 'me', 'rename', 'leave'] as const

export type Sheet = (typeof sheets)[number]

export interface SheetState {
  /** What lies over the room; undefined when nothing does. */
  readonly sheet: Sheet | undefined
  readonly open: (sheet: Sheet) => void
  readonly close: () => void
  /** Goes to a room; what lies over the one that is left does not stay behind in the history. */
  readonly go: (room: string) => void
}

/** What lies over the room is an entry of the history: the browser's back, a swipe too, closes it. */
export function useSheet(): SheetState {
  const state: unknown = useHistoryState<unknown>()
  const sheet = sheetOf(state)
  const open = useCallback((next: Sheet) => {
    navigate(window.location.pathname, { state: { sheet: next }, replace: sheetOf(window.history.state) !== undefined })
  }, [])
  const close = useCallback(() => {
    if (sheetOf(window.history.state) !== undefined) window.history.back()
  }, [])
  const go = useCallback((room: string) => {
    const path = `/rooms/${room}`
    if (path === window.location.pathname) close()
    else navigate(path, { replace: sheetOf(window.history.state) !== undefined })
  }, [close])
  return { sheet, open, close, go }
}

function sheetOf(state: unknown): Sheet | undefined {
  if (typeof state !== 'object' || state === null || !('sheet' in state)) return undefined
  return sheets.find((sheet) => sheet === state.sheet)
}
