import { Hourglass } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Deed, Pending } from '../../hub/outbox'
import { Button } from '../../ui/button'
import { useLate } from '../../ui/use-late'

/** Says that the hub takes what was written more slowly than it came; a moment of that is not worth a word. */
export function HeldNotice({ held }: { readonly held: boolean }) {
  const shown = useLate(held, 1_000)
  return (
    <output className="block">
      {shown && (
        <p className="flex items-center gap-1.5 px-5 pt-1 text-[13px]/[18px] text-ink-3 mid:px-7">
          <Hourglass size={13} aria-hidden className="flex-none" /> The hub is busy. What waits goes out by itself, in order.
        </p>
      )}
    </output>
  )
}

const undone: Record<Deed['type'], string> = {
  edit: 'Your edit was not made.',
  delete: 'The message was not deleted.',
  react: 'Your reaction was not taken.',
  press: 'The button was not pressed.',
}

interface DeedsProps {
  readonly deeds: readonly Pending[]
  readonly onRetry: (ref: string) => void
  readonly onDiscard: (ref: string) => void
}

/** What the hub refused to do with messages, wherever they are by now. */
export function RefusedDeeds({ deeds, onRetry, onDiscard }: DeedsProps) {
  return deeds.map(({ ref, deed, text, problem }) => (
    <div key={ref} role="alert" className="flex flex-none flex-wrap items-center gap-2 px-3 pb-1.5 text-[13.5px]/5 mid:px-7">
      <span className="min-w-0 text-bad">
        {deed && undone[deed.type]} {problem?.message}
      </span>
      {text !== '' && <span className="min-w-0 flex-1 truncate text-ink-2">{text}</span>}
      <Button onClick={() => onRetry(ref)}>Try again</Button>
      <Button onClick={() => onDiscard(ref)}>Discard</Button>
    </div>
  ))
}

/** A room where nobody has said anything yet. */
export function EmptyRoom({ ephemeral, children }: { readonly ephemeral: boolean; readonly children: ReactNode }) {
  return (
    <Middle>
      <p className="text-base font-[650]">{ephemeral ? 'Nothing is kept here' : 'Nothing has been said here yet'}</p>
      {ephemeral && <p className="text-ink-2">You see what is said while you are here, and nobody can read it later.</p>}
      {children}
    </Middle>
  )
}

/** The hub does not open the room. */
export function Refused({ message, onRetry }: { readonly message: string; readonly onRetry: () => void }) {
  return (
    <Middle>
      <p className="text-base font-[650]">This room does not open</p>
      <p className="text-ink-2">{message}</p>
      <div><Button onClick={onRetry}>Try again</Button></div>
    </Middle>
  )
}

/** The first reading of a room; mentioned only when it takes a while. */
export function Opening() {
  const slow = useLate(true, 400)
  return slow ? <Middle><p className="text-ink-3">Opening the room…</p></Middle> : null
}

function Middle({ children }: { readonly children: ReactNode }) {
  return <div className="m-auto grid w-full max-w-[660px] gap-3 px-3 py-6 text-center">{children}</div>
}
