import { Check, Copy, Link2, Pencil, Plus, Reply, SmilePlus, Trash2 } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { Shown } from '../../hub/overlay'
import { IconButton } from '../../ui/button'
import { canEdit, emojis, isMine, type Acts } from './acts'

const EmojiPicker = lazy(async () => ({ default: (await import('./emoji-picker')).EmojiPicker }))

/** What is open at the message's corner: a few emojis, or all of them. */
export type Picking = 'few' | 'all' | undefined

interface Props {
  readonly message: Shown
  readonly me: string
  readonly acts: Acts
  readonly picking: Picking
  readonly onPick: (picking: Picking) => void
}

const size = 'mid:size-8'
const names = new Map(emojis)

/** What can be done with a message: a small bar at its corner, while it is looked at. */
export function MessageTools({ message, me, acts, picking, onPick }: Props) {
  const bar = useRef<HTMLDivElement>(null)
  const [corner, setCorner] = useState<Corner>()
  useEffect(() => {
    if (picking === 'few') bar.current?.querySelector('button')?.focus()
  }, [picking])
  const pickOfAll = () => {
    setCorner(cornerOf(bar.current))
    onPick('all')
  }
  const toRow = () => bar.current?.closest('article')?.focus({ preventScroll: true })
  const close = () => {
    toRow()
    onPick(undefined)
  }
  const react = (emoji: string) => {
    acts.react(message, emoji)
    close()
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
    <>
      {/* Nothing that is said in the room: not to be read out as it comes and goes. */}
      <div
        ref={bar}
        role="toolbar"
        aria-label={picking === undefined ? 'Message' : 'Reactions'}
        aria-live="off"
        tabIndex={-1}
        onKeyDown={onKeyDown}
        className="absolute -top-3 right-1 z-10 flex rounded-lg border border-line-2 bg-card p-px shadow-float mid:right-5"
      >
        {picking === undefined ? (
          <Actions message={message} me={me} acts={acts} onReact={() => onPick('few')} onRemove={remove} />
        ) : (
          <>
            {acts.quick().map((emoji) => (
              <IconButton key={emoji} label={names.get(emoji) ?? emoji} aria-pressed={isMine(message, emoji, me)} onClick={() => react(emoji)} className={`text-[17px] ${size}`}>
                <span aria-hidden className="font-emoji">{emoji}</span>
              </IconButton>
            ))}
            <IconButton label="More emojis" aria-expanded={picking === 'all'} onClick={pickOfAll} className={size}><Plus size={17} aria-hidden /></IconButton>
          </>
        )}
      </div>
      {picking === 'all' && (
        <Suspense>
          <EmojiPicker at={corner} onPick={react} onClose={close} />
        </Suspense>
      )}
    </>
  )
}

interface ActionsProps extends Pick<Props, 'message' | 'me' | 'acts'> {
  readonly onReact: () => void
  readonly onRemove: () => void
}

function Actions({ message, me, acts, onReact, onRemove }: ActionsProps) {
  return (
    <>
      <IconButton label="React" onClick={onReact} className={size}><SmilePlus size={17} aria-hidden /></IconButton>
      <IconButton label="Reply" onClick={() => acts.reply(message)} className={size}><Reply size={17} aria-hidden /></IconButton>
      {canEdit(message, me) && <IconButton label="Edit" onClick={() => acts.edit(message)} className={size}><Pencil size={16} aria-hidden /></IconButton>}
      <CopyButton label="Copy the text" onCopy={() => acts.copyText(message)}><Copy size={16} aria-hidden /></CopyButton>
      <CopyButton label="Copy the link" onCopy={() => acts.copyLink(message)}><Link2 size={17} aria-hidden /></CopyButton>
      {message.from.id === me && (
        <IconButton label="Delete" onClick={onRemove} className={`hover:text-bad ${size}`}><Trash2 size={16} aria-hidden /></IconButton>
      )}
    </>
  )
}

/** Says that it was done as long as the bar is there. */
function CopyButton({ label, onCopy, children }: { readonly label: string; readonly onCopy: () => void; readonly children: ReactNode }) {
  const [done, setDone] = useState(false)
  return (
    <IconButton
      label={done ? 'Copied' : label}
      onClick={() => {
        onCopy()
        setDone(true)
      }}
      className={size}
    >
      {done ? <Check size={16} aria-hidden className="text-good" /> : children}
    </IconButton>
  )
}

interface Corner {
  readonly left: number
  readonly top: number
}

const PICKER = { width: 342, height: 290, margin: 12 }

/** Where the picker stands: at the bar, and whole on the page. */
function cornerOf(bar: HTMLElement | null): Corner {
  const { right, top, bottom } = bar?.getBoundingClientRect() ?? new DOMRect()
  const { width, height, margin } = PICKER
  const left = Math.max(margin, Math.min(right - width, window.innerWidth - width - margin))
  return { left, top: bottom + height + margin < window.innerHeight ? bottom + 4 : Math.max(margin, top - height - 4) }
}

/** Moves the focus along the bar, round its ends. */
function beside(bar: HTMLElement | null, step: 1 | -1): void {
  const all = [...(bar?.querySelectorAll('button') ?? [])]
  const at = all.findIndex((button) => button === document.activeElement)
  all.at((at + step) % all.length)?.focus()
}
