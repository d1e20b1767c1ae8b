import { ArrowRight, Check, X } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import type { ReplyDraft } from '../../hub/drafts'
import { textProblem } from '../../hub/names'
import { IconButton } from '../../ui/button'

interface Props {
  readonly room: string
  /** Whether it is an earlier message whose text is written anew. */
  readonly editing: boolean
  /** What is being answered. */
  readonly replying: ReplyDraft | undefined
  readonly draft: string
  readonly input: RefObject<HTMLTextAreaElement | null>
  /** Called with all that is being written, at each change. */
  readonly onChange: (text: string) => void
  /** Called with the message, which an edit may have emptied. */
  readonly onSend: (text: string) => void
  /** The edit, or else the answer, is given up. */
  readonly onCancel: () => void
  /** Up was pressed where nothing is written. */
  readonly onUp: () => void
}

/** Where messages are written, and written anew. */
export function Composer({ room, editing, replying, draft, input, onChange, onSend, onCancel, onUp }: Props) {
  const [text, setText] = useState(draft)
  const form = useRef<HTMLFormElement>(null)
  const message = text.replace(/^\s*\n|\s+$/g, '')
  const problem = textProblem(message)

  const change = (next: string) => {
    setText(next)
    onChange(next)
  }
  const send = () => {
    if ((message.trim() === '' && !editing) || problem !== undefined) return
    if (!editing) change('')
    onSend(message.toWellFormed?.() ?? message)
    input.current?.focus()
  }
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === 'Escape' && (editing || replying !== undefined)) return onCancel()
    if (e.key === 'ArrowUp' && text === '' && !editing && !e.altKey && !e.ctrlKey && !e.metaKey) {
      e.preventDefault()
      return onUp()
    }
    // While a word is being composed (Japanese, accents…), Enter belongs to the input method.
    if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing || e.keyCode === 229) return
    e.preventDefault()
    form.current?.requestSubmit()
  }
  useEffect(() => {
    // Ready to write at once, where that does not call up a keyboard on the screen.
    if (!editing && !window.matchMedia('(hover: hover)').matches) return
    input.current?.focus()
    input.current?.setSelectionRange(-1, -1)
  }, [input, editing])
  useLayoutEffect(() => grow(input.current), [text, input])

  return (
    <form
      ref={form}
      className="mx-2.5 mt-1 mb-2.5 flex-none mid:mx-5 mid:mb-4"
      onSubmit={(e) => {
        e.preventDefault()
        send()
      }}
    >
      {editing && (
        <div className="flex items-center justify-between pl-2 text-[13.5px] text-accent-text">
          <span>Editing your message. Enter saves, Esc leaves it as it is.</span>
          <IconButton label="Leave it as it is" onClick={onCancel}><X size={16} aria-hidden /></IconButton>
        </div>
      )}
      {!editing && replying !== undefined && (
        <div className="flex items-center gap-2 pl-2 text-[13.5px]">
          <span className="min-w-0 flex-1 truncate text-ink-2">
            Answering <b className="font-semibold text-ink">{replying.name}</b>: {replying.text}
          </span>
          <IconButton label="Answer nobody" onClick={onCancel}><X size={16} aria-hidden /></IconButton>
        </div>
      )}
      {problem !== undefined && <p id="too-long" role="alert" className="px-2 pb-1.5 text-[13.5px] text-bad">{problem}</p>}
      <div className="flex items-end rounded-xl border border-line-2 bg-card p-1.5 shadow-float has-[textarea:focus-visible]:border-accent has-[textarea:focus-visible]:outline-1 has-[textarea:focus-visible]:outline-accent">
        <textarea
          ref={input}
          rows={1}
          value={text}
          onChange={(e) => change(e.target.value)}
          onKeyDown={onKeyDown}
          aria-label={editing ? 'Edit your message' : `Message #${room}`}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : 'too-long'}
          placeholder={editing ? 'Nothing left: Enter deletes the message' : `Message #${room}`}
          enterKeyHint="send"
          className="max-h-[40dvh] min-h-11 min-w-0 flex-1 resize-none px-2 py-[11px] text-base/[22px] outline-none placeholder:truncate mid:min-h-[34px] mid:py-1.5 mid:text-[15px]/[22px]"
        />
        <button
          type="submit"
          aria-label={editing ? 'Save' : 'Send'}
          title={editing ? 'Save' : 'Send'}
          className="grid size-11 flex-none place-items-center rounded-lg bg-accent text-accent-ink mid:h-[34px] mid:w-9"
        >
          {editing ? <Check size={19} aria-hidden /> : <ArrowRight size={19} aria-hidden />}
        </button>
      </div>
    </form>
  )
}

/** As tall as its text, up to the limit of its style. */
function grow(area: HTMLTextAreaElement | null): void {
  if (area === null) return
  area.style.height = 'auto'
  area.style.height = `${area.scrollHeight}px`
  area.style.overflowY = area.scrollHeight > area.clientHeight + 1 ? 'auto' : 'hidden'
}
