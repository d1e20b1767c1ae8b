import type { ReactNode } from 'react'

/** A key on the keyboard. */
export function Key({ children }: { readonly children: ReactNode }) {
  return <kbd className="rounded-sm border border-line bg-bg px-1.5 text-[12px]/[20px] whitespace-nowrap text-ink-3">{children}</kbd>
}

/** The heading over a short list; `note` stands at its end. */
export function SectionTitle({ children, note }: { readonly children: ReactNode; readonly note?: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between px-2.5 pb-1 text-xs/[18px] font-semibold text-ink-3">
      <h2>{children}</h2>
      {note !== undefined && <span>{note}</span>}
    </div>
  )
}

const counts = { plain: 'bg-line text-ink', mine: 'bg-accent text-accent-ink' }
const MOST = 99

/** A small number at the end of a line; `words` is what it says. */
export function Count({ of, look, words }: { readonly of: number; readonly look: keyof typeof counts; readonly words: string }) {
  return (
    <span className={`ml-auto min-w-5 flex-none rounded-[10px] px-1.5 text-center text-xs/[19px] font-[650] tabular-nums ${counts[look]}`}>
      <span aria-hidden>{of > MOST ? `${MOST}+` : of}</span>
      <span className="sr-only"> {words}</span>
    </span>
  )
}
