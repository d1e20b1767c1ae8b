import type { ReactNode } from 'react'

/** A key on the keyboard. */
export function Key({ children }: { readonly children: ReactNode }) {
  return <kbd className="rounded-sm border border-line bg-bg px-1.5 text-[12px]/[20px] whitespace-nowrap text-ink-3">{children}</kbd>
}

/** The heading over a short list. */
export function SectionTitle({ children }: { readonly children: ReactNode }) {
  return <h2 className="px-2.5 pb-1 text-xs/[18px] font-semibold text-ink-3">{children}</h2>
}
