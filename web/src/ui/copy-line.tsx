import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from './button'

/** A line to copy, or a whole file, with the button that does it. */
export function CopyLine({ line, what = 'the line' }: { readonly line: string; readonly what?: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <div className="flex items-start gap-1 rounded-lg border border-line bg-card py-0.5 pr-0.5 pl-3 text-left">
      <code className="min-w-0 flex-1 py-3 text-[13px]/[20px] whitespace-pre-wrap mid:py-[7px]">{line.trimEnd()}</code>
      <IconButton label={`Copy ${what}`} onClick={() => void copy(line).then(setCopied)}>
        {copied ? <Check size={17} aria-hidden className="text-good" /> : <Copy size={17} aria-hidden />}
      </IconButton>
      <output className="sr-only">{copied && 'Copied'}</output>
    </div>
  )
}

/** navigator.clipboard needs a secure context, which a page from a LAN host is not. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** Inside of the dialog that is open, if one is: it keeps the focus to itself. */
function copyBySelection(text: string): boolean {
  const before = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'fixed top-0 opacity-0'
  const place = before?.closest('[role=dialog]') ?? document.body
  place.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (before instanceof HTMLElement) before.focus()
  return done
}
