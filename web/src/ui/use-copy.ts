import { useCallback, useEffect, useState } from 'react'
import { copy } from './copy'

const TOLD_MS = 2_000

/** Copies, and says for a while that it was done. */
export function useCopy(): readonly [copied: boolean, copy: (text: string) => void] {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), TOLD_MS)
    return () => clearTimeout(timer)
  }, [copied])
  return [copied, useCallback((text: string) => void copy(text).then(setCopied), [])]
}
