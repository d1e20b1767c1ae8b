import { useState, type KeyboardEvent } from 'react'
import { ranked } from '../../ui/fuzzy'
import { emojis } from './emojis'

interface Props {
  readonly onPick: (emoji: string) => void
  readonly onClose: () => void
  /** Where on the page its corner is, in px; without, it stands above what it is in. */
  readonly at?: { readonly left: number; readonly top: number } | undefined
}

/** Emojis to choose from, by eye or by name. */
export function EmojiPicker({ onPick, onClose, at }: Props) {
  const [typed, setTyped] = useState('')
  const found = ranked(typed, emojis, ([, name]) => name, emojis.length)
  const onKeyDown = (e: KeyboardEvent<HTMLElement>) => {
    if (e.nativeEvent.isComposing) return
    const first = found[0]
    if (e.key === 'Escape') onClose()
    else if (e.key === 'Enter' && e.target instanceof HTMLInputElement) {
      if (first !== undefined) onPick(first[0])
    } else if (!walk(e.currentTarget, e.target, e.key)) return
    e.preventDefault()
    e.stopPropagation()
  }
  return (
    // The keys go through it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="dialog"
      aria-label="Emojis"
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onBlur={(e) => e.currentTarget.contains(e.relatedTarget) || onClose()}
      style={at}
      className={`${at === undefined ? 'absolute right-0 bottom-full mb-1.5' : 'fixed'} z-20 grid w-[min(342px,calc(100vw-24px))] gap-1.5 rounded-[10px] border border-line-2 bg-card p-2 shadow-float`}
    >
      <input
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was opened to choose here
        autoFocus
        aria-label="An emoji’s name"
        placeholder="An emoji’s name"
        autoComplete="off"
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
        className="min-h-11 rounded-lg mid:min-h-9 border border-line-2 bg-bg px-2.5"
      />
      <div className="grid max-h-[216px] grid-cols-[repeat(auto-fill,minmax(44px,1fr))] overflow-y-auto mid:grid-cols-[repeat(auto-fill,minmax(36px,1fr))]">
        {found.map(([emoji, name], index) => (
          <button
            key={emoji}
            type="button"
            tabIndex={index === 0 ? 0 : -1}
            aria-label={name}
            title={name}
            onClick={() => onPick(emoji)}
            className="grid h-11 place-items-center mid:h-9 rounded-lg font-emoji text-[19px] -outline-offset-2 hover:bg-bg"
          >
            <span aria-hidden>{emoji}</span>
          </button>
        ))}
      </div>
      {found.length === 0 && <p className="px-1 text-ink-2">No emoji of that name is at hand.</p>}
    </div>
  )
}

/** Moves the focus over the grid; upwards from its first line is the field. */
function walk(box: HTMLElement, from: EventTarget, key: string): boolean {
  const all = [...box.querySelectorAll('button')]
  const at = all.findIndex((button) => button === from)
  const columns = all.filter((button) => button.offsetTop === all[0]?.offsetTop).length
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: at < 0 ? 1 : columns, ArrowUp: -columns }[key]
  if (step === undefined || (at < 0 && key !== 'ArrowDown')) return false
  const next = all[at + step] ?? (step < 0 ? box.querySelector('input') : undefined)
  next?.focus()
  return true
}
