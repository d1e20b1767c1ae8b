/** A stretch of a text; `from` is where it begins. */
export interface Part {
  readonly from: number
  readonly text: string
  readonly href?: string
}

const URLISH = /https?:\/\/[^\s<>"]+/gi
const TRAILING = /[.,;:!?'’”)\]}]+$/

/** Splits text into plain parts and links; only http and https become links. */
export function splitLinks(text: string): Part[] {
  const parts: Part[] = []
  let from = 0
  for (const match of text.matchAll(URLISH)) {
    const found = trimmed(match[0])
    const href = safeHref(found)
    if (href === undefined) continue
    if (match.index > from) parts.push({ from, text: text.slice(from, match.index) })
    parts.push({ from: match.index, text: found, href })
    from = match.index + found.length
  }
  if (from < text.length) parts.push({ from, text: text.slice(from) })
  return parts
}

/** Without the punctuation of the sentence around; a bracket that the URL itself opens stays. */
function trimmed(url: string): string {
  if (url.endsWith(')') && url.includes('(')) return url
  return url.replace(TRAILING, '')
}

function safeHref(text: string): string | undefined {
  try {
    const url = new URL(text)
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined
  } catch {
    return undefined
  }
}
