import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react'

interface Options {
  /** Which of them Enter takes. */
  readonly active: number
  readonly setActive: (index: number) => void
  readonly list: RefObject<HTMLDivElement | null>
  /** Whether the key was for the list. */
  readonly onKeyDown: (key: string, takers?: readonly string[]) => boolean
}

/** A list under a field that keeps the focus: arrows choose, Enter takes. Another text begins at the top again. */
export function useOptions<T>(all: readonly T[], typed: string, take: (one: T) => void): Options {
  const [at, setAt] = useState({ typed, index: 0 })
  const list = useRef<HTMLDivElement>(null)
  const active = at.typed === typed ? Math.min(at.index, Math.max(0, all.length - 1)) : 0
  const setActive = (index: number) => setAt({ typed, index })
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active, typed])
  const onKeyDown = (key: string, takers: readonly string[] = ['Enter']) => {
    const one = all[active]
    if (one === undefined) return false
    if (key === 'ArrowDown') setActive((active + 1) % all.length)
    else if (key === 'ArrowUp') setActive((active + all.length - 1) % all.length)
    else if (takers.includes(key)) take(one)
    else return false
    return true
  }
  return { active, setActive, list, onKeyDown }
}

interface OptionProps {
  readonly id: string
  readonly active: boolean
  readonly onPoint: () => void
  readonly onTake: () => void
  readonly children: ReactNode
}

/** One line of such a list. */
export function Option({ id, active, onPoint, onTake, children }: OptionProps) {
  return (
    // The field has the focus and hears the keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      onPointerMove={active ? undefined : onPoint}
      onPointerDown={(e) => e.preventDefault()}
      onClick={onTake}
      className="group/option flex min-h-11 cursor-pointer items-center gap-2.5 rounded-[7px] px-2 aria-selected:bg-accent-soft aria-selected:text-accent-text mid:min-h-8"
    >
      {children}
    </div>
  )
}

/** A word beside what an option is, in small; at its end where `end` says so. */
export function OptionNote({ end = false, children }: { readonly end?: boolean; readonly children: ReactNode }) {
  return (
    <span className={`text-[13px] text-ink-3 group-aria-selected/option:text-accent-text ${end ? 'ml-auto flex-none' : 'min-w-0 flex-1 truncate'}`}>{children}</span>
  )
}
