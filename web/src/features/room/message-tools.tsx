import { Pencil, Reply, SmilePlus, Trash2 } from 'lucide-react'
import { useEffect, useRef, type KeyboardEvent } from 'react'
import type { Shown } from '../../hub/overlay'
import { IconButton } from '../../ui/button'
import { canEdit, emojis, isMine, type Acts } from './acts'

interface Props {
  readonly message: Shown
  readonly me: string
  readonly acts: Acts
  readonly picking: boolean
  readonly onPick: (open: boolean) => void
}

const size = 'mid:size-8'

/** What can be done with a message: a small bar at its corner, while it is looked at. */
export function MessageTools({ message, me, acts, picking, onPick }: Props) {
  const bar = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (picking) bar.current?.querySelector('button')?.focus()
  }, [picking])
  const react = (emoji: string) => {
    acts.react(message, emoji)
    close()
  }
  const toRow = () => bar.current?.closest('article')?.focus()
  const close = () => {
    toRow()
    onPick(false)
  }
  const remove = () => {
    toRow() // where the focus goes back to when the question is answered
    acts.remove(message)
  }
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === 'Escape') close()
    else if (e.key === 'ArrowRight') beside(bar.current, 1)
    else if (e.key === 'ArrowLeft') beside(bar.current, -1)
    else return
    e.preventDefault()
    e.stopPropagation()
  }
  return (
    // Nothing that is said in the room: not to be read out as it comes and goes.
    <div
      ref={bar}
      role="toolbar"
      aria-label={picking ? 'Reactions' : 'Message'}
      aria-live="off"
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className="absolute -top-3 right-2 z-10 flex rounded-lg border border-line-2 bg-card p-px shadow-float mid:right-5"
    >
      {picking ? (
        emojis.map(([emoji, name]) => (
          <IconButton key={emoji} label={name} aria-pressed={isMine(message, emoji, me)} onClick={() => react(emoji)} className={`text-[17px] ${size}`}>
            <span aria-hidden className="font-emoji">{emoji}</span>
          </IconButton>
        ))
      ) : (
        <>
          <IconButton label="React" onClick={() => onPick(true)} className={size}><SmilePlus size={17} aria-hidden /></IconButton>
          <IconButton label="Reply" onClick={() => acts.reply(message)} className={size}><Reply size={17} aria-hidden /></IconButton>
          {canEdit(message, me) && (
            <IconButton label="Edit" onClick={() => acts.edit(message)} className={size}><Pencil size={16} aria-hidden /></IconButton>
          )}
          {message.from.id === me && (
            <IconButton label="Delete" onClick={remove} className={`hover:text-bad ${size}`}><Trash2 size={16} aria-hidden /></IconButton>
          )}
        </>
      )}
    </div>
  )
}

/** Moves the focus along the bar, round its ends. */
function beside(bar: HTMLElement | null, step: 1 | -1): void {
  const all = [...(bar?.querySelectorAll('button') ?? [])]
  const at = all.findIndex((button) => button === document.activeElement)
  all.at((at + step) % all.length)?.focus()
}
