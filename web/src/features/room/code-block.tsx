import { Check, Copy } from 'lucide-react'
import { IconButton } from '../../ui/button'
import { useCopy } from '../../ui/use-copy'

/** Code as it was written, with what it is written in and a button to copy it. */
export function CodeBlock({ language, text }: { readonly language: string; readonly text: string }) {
  const [copied, copy] = useCopy()
  return (
    <div className="my-1 max-w-[760px] overflow-hidden rounded-lg border border-line bg-panel">
      <div className="flex h-8 items-center justify-between border-b border-line pr-0.5 pl-3 text-[12.5px] text-ink-3">
        <span>{language === '' ? 'code' : language}</span>
        <IconButton label={copied ? 'Copied' : 'Copy the code'} onClick={() => copy(text)} className="mid:size-7">
          {copied ? <Check size={15} aria-hidden className="text-good" /> : <Copy size={15} aria-hidden />}
        </IconButton>
      </div>
      {/* What scrolls to the side is reached by keyboard too. */}
      <pre tabIndex={0} className="overflow-x-auto px-3 py-2 text-[13px]/5 -outline-offset-2 [overflow-wrap:normal]"><code>{text}</code></pre>
    </div>
  )
}
