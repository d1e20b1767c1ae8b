import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton } from './button'

/** A line to copy, with the button that does it. */
export function CopyLine({ line }: { readonly line: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <div className="flex items-center gap-1 rounded-lg border border-line bg-card py-0.5 pr-0.5 pl-3 text-left">
      <code className="min-w-0 flex-1 text-[13px]/[20px]">{line}</code>
      <IconButton label={copied ? 'Copied' : 'Copy the line'} onClick={() => void copy(line).then(setCopied)}>
        {copied ? <Check size={17} aria-hidden /> : <Copy size={17} aria-hidden />}
      </IconButton>
    </div>
  )
}

/** navigator.clipboard needs a secure context, which a page from a LAN host is not. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'fixed top-0 opacity-0'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
