import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'

/** How near the bottom counts as being there, and how near the top asks for more, in px. */
const BOTTOM = 32
const TOP = 600

export interface Scroll {
  readonly box: RefObject<HTMLDivElement | null>
  readonly list: RefObject<HTMLDivElement | null>
  /** The newest seq when the reader left the bottom; undefined while at the bottom. */
  readonly leftAt: number | undefined
  readonly onScroll: () => void
  readonly jump: () => void
}

/**
 * Keeps the reader's place while rows come and go: at the bottom it stays at the bottom; elsewhere the topmost row
 * in sight stays where it is, whatever is put before it. The browser's own scroll anchoring is off: it gives up at the top.
 */
export function useScroll(rows: unknown, tip: number, onTop: () => void): Scroll {
  const box = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const stick = useRef(true)
  const lastTop = useRef(0)
  const anchor = useRef<{ row: HTMLElement; offset: number }>(undefined)
  const [leftAt, setLeftAt] = useState<number>()

  const remember = useCallback(() => {
    if (box.current === null || list.current === null) return
    lastTop.current = box.current.scrollTop
    const row = stick.current ? undefined : topmost(list.current, box.current.scrollTop)
    anchor.current = row && { row, offset: row.offsetTop }
  }, [])

  const settle = useCallback(() => {
    const el = box.current
    if (el === null) return
    if (stick.current) el.scrollTop = el.scrollHeight
    else if (anchor.current?.row.isConnected) el.scrollTop += anchor.current.row.offsetTop - anchor.current.offset
    remember()
  }, [remember])

  const askForMore = useCallback(() => {
    if (box.current !== null && box.current.scrollTop < TOP) onTop()
  }, [onTop])

  useLayoutEffect(() => {
    settle()
    askForMore()
  }, [rows, settle, askForMore])

  useEffect(() => {
    const observer = new ResizeObserver(settle)
    if (box.current !== null) observer.observe(box.current)
    if (list.current !== null) observer.observe(list.current)
    return () => observer.disconnect()
  }, [settle])

  const onScroll = useCallback(() => {
    const el = box.current
    if (el === null) return
    // Only a move upwards leaves the bottom; content that grew below does not.
    if (el.scrollHeight - el.scrollTop - el.clientHeight < BOTTOM) stick.current = true
    else if (el.scrollTop < lastTop.current - 1) stick.current = false
    remember()
    setLeftAt((before) => (stick.current ? undefined : (before ?? tip)))
    askForMore()
  }, [remember, askForMore, tip])

  const jump = useCallback(() => {
    stick.current = true
    setLeftAt(undefined)
    settle()
  }, [settle])

  return { box, list, leftAt, onScroll, jump }
}

/** The first row that reaches into sight, found by halving. */
function topmost(list: HTMLElement, scrollTop: number): HTMLElement | undefined {
  let low = 0
  let high = list.children.length
  while (low < high) {
    const middle = (low + high) >> 1
    const row = list.children[middle]
    if (row instanceof HTMLElement && row.offsetTop + row.offsetHeight <= scrollTop) low = middle + 1
    else high = middle
  }
  const row = list.children[low]
  return row instanceof HTMLElement ? row : undefined
}
