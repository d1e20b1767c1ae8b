import { ArrowRight, Check, Smile } from 'lucide-react'
import { lazy, Suspense, useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import type { ReplyDraft } from '../../hub/drafts'
import { MAX_TEXT_BYTES } from '../../hub/names'
import type { Room } from '../../hub/room'
import { IconButton } from '../../ui/button'
import { insert } from '../../ui/insert'
import { useMedia } from '../../ui/use-media'
import { AboveField } from './above-field'
import { Suggestions, optionId } from './suggestions'
import { split } from './split'
import { measure } from './measure'
import { useCompletion } from './use-completion'

const EmojiPicker = lazy(async () => ({ default: (await import('./emoji-picker')).EmojiPicker }))

interface Props {
  readonly room: Room
  /** The id of whoever writes. */
  readonly me: string
  /** The most bytes of UTF-8 that a message holds. */
  readonly max?: number | undefined
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
export function Composer({ room, me, max = MAX_TEXT_BYTES, editing, replying, draft, input, onChange, onSend, onCancel, onUp }: Props) {
  const id = useId()
  const isWide = useMedia('(min-width: 721px)')
  const [text, setText] = useState(draft)
  const [caret, setCaret] = useState(0)
  const [picking, setPicking] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const message = text.replace(/^\s*\n|\s+$/g, '')
  const size = measure(message, max)
  const completion = useCompletion(room, me, text, caret, input)
  const offered = completion.suggestions.length > 0

  const change = (next: string) => {
    setText(next)
    onChange(next)
  }
  const send = () => {
    if ((message.trim() === '' && !editing) || size.over > 0) return
    if (!editing) change('')
    onSend(message.toWellFormed?.() ?? message)
    input.current?.focus()
  }
  const sendParts = () => {
    change('')
    for (const part of split(message.toWellFormed?.() ?? message, max)) onSend(part)
    input.current?.focus()
  }
  const onKeyDown = (e: KeyboardEvent) => {
    // While a word is being composed (Japanese, accents…), keys belong to the input method.
    if (e.nativeEvent.isComposing || e.keyCode === 229) return
    const plain = !e.altKey && !e.ctrlKey && !e.metaKey && !e.shiftKey
    if (plain && completion.onKey(e.key)) return e.preventDefault()
    if (e.key === 'Escape' && (editing || replying !== undefined)) return onCancel()
    if (e.key === 'ArrowUp' && plain && text === '' && !editing) {
      e.preventDefault()
      return onUp()
    }
    if (e.key !== 'Enter' || e.shiftKey) return
    e.preventDefault()
    form.current?.requestSubmit()
  }
  const pick = (emoji: string) => {
    setPicking(false)
    if (input.current !== null) insert(input.current, emoji)
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
      className="relative mx-2.5 mt-1 mb-2.5 flex-none mid:mx-5 mid:mb-4"
      onSubmit={(e) => {
        e.preventDefault()
        send()
      }}
    >
      <AboveField
        id={id}
        editing={editing}
        replying={replying}
        size={size}
        hint={offered ? undefined : completion.begun}
        onCancel={onCancel}
        onSplit={editing ? undefined : sendParts}
      />
      <div className="relative flex items-end rounded-xl border border-line-2 bg-card p-1.5 shadow-float has-[textarea:focus-visible]:border-accent has-[textarea:focus-visible]:outline-1 has-[textarea:focus-visible]:outline-accent">
        <Suggestions
          id={`${id}-list`}
          suggestions={completion.suggestions}
          active={completion.active}
          list={completion.list}
          onPoint={completion.setActive}
          onTake={completion.take}
        />
        <textarea
          ref={input}
          rows={1}
          value={text}
          onChange={(e) => {
            change(e.target.value)
            setCaret(e.target.selectionEnd)
          }}
          onSelect={(e) => setCaret(e.currentTarget.selectionEnd)}
          onKeyDown={onKeyDown}
          aria-label={editing ? 'Edit your message' : `Message #${room.name}`}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={offered ? `${id}-list` : undefined}
          aria-activedescendant={offered ? optionId(`${id}-list`, completion.active) : undefined}
          aria-invalid={size.over > 0}
          aria-describedby={size.over > 0 ? `${id}-size` : undefined}
          placeholder={editing ? 'Nothing left: Enter deletes the message' : `Message #${room.name}${isWide ? ', or / for commands' : ''}`}
          enterKeyHint="send"
          className="max-h-[40dvh] min-h-11 min-w-0 flex-1 resize-none px-2 py-[11px] text-base/[22px] outline-none placeholder:truncate mid:min-h-[34px] mid:py-1.5 mid:text-[15px]/[22px]"
        />
        {picking && <Suspense fallback={null}><EmojiPicker onPick={pick} onClose={() => (setPicking(false), input.current?.focus())} /></Suspense>}
        <IconButton label="Emoji" aria-haspopup="dialog" aria-expanded={picking} onClick={() => setPicking(true)} className="max-mid:hidden"><Smile size={18} aria-hidden /></IconButton>
        <button
          type="submit"
          aria-label={editing ? 'Save' : 'Send'}
          title={editing ? 'Save' : 'Send'}
          className="grid size-11 flex-none place-items-center rounded-lg bg-accent text-accent-ink mid:ml-1 mid:h-[34px] mid:w-9"
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
