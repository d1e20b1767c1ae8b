import { Check, Copy } from 'lucide-react'
import { IconButton } from './button'
import { useCopy } from './use-copy'

/** A line to copy, or a whole file, with the button that does it. */
export function CopyLine({ line, what = 'the line' }: { readonly line: string; readonly what?: string }) {
  const [copied, copy] = useCopy()
  return (
    <div className="flex items-start gap-1 rounded-lg border border-line bg-card py-0.5 pr-0.5 pl-3 text-left">
      <code className="min-w-0 flex-1 py-3 text-[13px]/[20px] whitespace-pre-wrap mid:py-[7px]">{line.trimEnd()}</code>
      <IconButton label={`Copy ${what}`} onClick={() => copy(line)}>
        {copied ? <Check size={17} aria-hidden className="text-good" /> : <Copy size={17} aria-hidden />}
      </IconButton>
      <output className="sr-only">{copied && 'Copied'}</output>
    </div>
  )
}
