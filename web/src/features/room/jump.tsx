import { ArrowDown } from 'lucide-react'

const floating = 'absolute left-1/2 inline-flex min-h-11 -translate-x-1/2 items-center gap-1.5 rounded-full border border-line-2 bg-card px-3.5 text-[13.5px] font-semibold whitespace-nowrap shadow-float mid:min-h-8'

/** Leads back to the newest message; `count` is how many came meanwhile. */
export function Jump({ count, onJump }: { readonly count: number; readonly onJump: () => void }) {
  return (
    <button type="button" onClick={onJump} className={`${floating} bottom-3 text-accent-text`}>
      <ArrowDown size={15} aria-hidden /> Jump to present{count > 0 && `, ${count.toLocaleString('en')} new`}
    </button>
  )
}

/** A message was gone to that is not there. */
export function Lost() {
  return <output className={`${floating} top-3 text-ink-2`}>That message is no longer there.</output>
}
