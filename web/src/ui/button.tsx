import type { ComponentProps } from 'react'

type Look = 'plain' | 'primary' | 'bad'

const looks: Record<Look, string> = {
  plain: 'border-line-2 bg-card hover:bg-bg',
  primary: 'border-accent bg-accent text-accent-ink',
  bad: 'border-bad bg-bad text-card',
}

/** A button with words. Narrow screens get the 44 px that a finger needs. */
export function Button({ look = 'plain', className = '', ...rest }: ComponentProps<'button'> & { readonly look?: Look }) {
  return (
    <button
      type="button"
      className={`inline-flex min-h-11 items-center justify-center gap-1.5 rounded-[7px] border px-3 text-[13.5px] font-[550] whitespace-nowrap disabled:opacity-60 mid:min-h-8 ${looks[look]} ${className}`}
      {...rest}
    />
  )
}

/** A button with a glyph; `label` is what it is called. */
export function IconButton({ label, className = '', ...rest }: ComponentProps<'button'> & { readonly label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`grid size-11 flex-none place-items-center rounded-lg text-ink-2 hover:bg-line aria-pressed:bg-accent-soft aria-pressed:text-accent-text mid:size-[34px] ${className}`}
      {...rest}
    />
  )
}
