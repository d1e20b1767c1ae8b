import { ArrowRight } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import type { Drafts } from '../../hub/drafts'
import { textProblem } from '../../hub/names'

interface Props {
  readonly room: string
  readonly drafts: Drafts
  readonly input: RefObject<HTMLTextAreaElement | null>
  readonly onSend: (text: string) => void
}

/** Where messages are written. What is being written is kept per room until it is sent. */
export function Composer({ room, drafts, input, onSend }: Props) {
  const [text, setText] = useState(() => drafts.get(room))
  const form = useRef<HTMLFormElement>(null)
  const message = text.replace(/^\s*\n|\s+$/g, '')
  const problem = textProblem(message)

  const change = (next: string) => {
    setText(next)
    drafts.set(room, next)
  }
  const send = () => {
    if (message.trim() === '' || problem !== undefined) return
    onSend(message.toWellFormed?.() ?? message)
    change('')
    input.current?.focus()
  }
  const onKeyDown = (e: KeyboardEvent) => {
    // While a word is being composed (Japanese, accents…), Enter belongs to the input method.
    if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing || e.keyCode === 229) return
    e.preventDefault()
    form.current?.requestSubmit()
  }
  useEffect(() => {
    // Ready to write at once, where that does not call up a keyboard on the screen.
    if (window.matchMedia('(hover: hover)').matches) input.current?.focus()
  }, [input])
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
      {problem !== undefined && <p id="too-long" role="alert" className="px-2 pb-1.5 text-[13.5px] text-bad">{problem}</p>}
      <div className="flex items-end rounded-xl border border-line-2 bg-card p-1.5 shadow-float has-[textarea:focus-visible]:border-accent has-[textarea:focus-visible]:outline-1 has-[textarea:focus-visible]:outline-accent">
        <textarea
          ref={input}
          rows={1}
          value={text}
          onChange={(e) => change(e.target.value)}
          onKeyDown={onKeyDown}
          aria-label={`Message #${room}`}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : 'too-long'}
          placeholder={`Message #${room}`}
          enterKeyHint="send"
          className="max-h-[40dvh] min-h-11 min-w-0 flex-1 resize-none px-2 py-[11px] text-base/[22px] outline-none placeholder:truncate mid:min-h-[34px] mid:py-1.5 mid:text-[15px]/[22px]"
        />
        <button
          type="submit"
          aria-label="Send"
          title="Send"
          className="grid size-11 flex-none place-items-center rounded-lg bg-accent text-accent-ink mid:h-[34px] mid:w-9"
        >
          <ArrowRight size={19} aria-hidden />
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
