import { useId, type ComponentProps } from 'react'

interface Props extends Omit<ComponentProps<'input'>, 'onChange'> {
  readonly label: string
  readonly hint?: string | undefined
  readonly problem?: string | undefined
  readonly onChange: (value: string) => void
}

/** One line of text with its label; a problem is said below and to screen readers. */
export function Field({ label, hint, problem, onChange, ...rest }: Props) {
  const id = useId()
  const note = problem ?? hint
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-[650]">{label}</label>
      <input
        id={id}
        className="min-h-11 w-full rounded-lg border border-line-2 bg-bg px-3 text-base text-ink aria-invalid:border-bad mid:min-h-10 mid:text-[15px]"
        aria-invalid={problem !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        autoComplete="off"
        onChange={(e) => onChange(e.target.value)}
        {...rest}
      />
      {note !== undefined && (
        <p id={`${id}-note`} role={problem === undefined ? undefined : 'alert'} className={`text-[13px]/[18px] ${problem === undefined ? 'text-ink-3' : 'text-bad'}`}>
          {note}
        </p>
      )}
    </div>
  )
}
