const URLISH = /https?:\/\/[^\s<>"]+/giy
/** What ends a sentence, or markup, rather than an address. */
const TRAILING = new Set('.,;:!?\'"’”)]}*_~')

const SCHEME = /^(?:https?:\/\/|mailto:)/i
/** Longer ones are no links. */
const MOST = 2_000

/** What begins here in the text and looks like an address of the web; it may still be none. */
export function linkAt(text: string, at: number): { readonly text: string; readonly href: string | undefined } | undefined {
  URLISH.lastIndex = at
  const match = URLISH.exec(text)
  if (match === null) return undefined
  const found = trimmed(match[0])
  return { text: found, href: safeHref(found) }
}

/** An address that a browser may be sent to: http, https or mailto. */
export function safeHref(text: string): string | undefined {
  if (text.length > MOST || !SCHEME.test(text)) return undefined
  try {
    const url = new URL(text)
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}

/** Without the punctuation of the sentence around; a bracket that the address itself opens stays. */
function trimmed(url: string): string {
  let open = 0
  for (const char of url) open += char === '(' ? 1 : char === ')' ? -1 : 0
  let end = url.length
  for (; end > 0 && TRAILING.has(url[end - 1] ?? ''); end--) {
    if (url[end - 1] !== ')') continue
    if (open >= 0) break
    open++
  }
  return url.slice(0, end)
}
