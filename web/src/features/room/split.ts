import { utf8Bytes } from '../../hub/names'

/** Splits a text into messages of at most `max` bytes: at the end of a line where there is one, else between words, else between letters. */
export function split(text: string, max: number): string[] {
  const parts: string[] = []
  let rest = text.trim()
  while (utf8Bytes(rest) > max) {
    const most = fitting(rest, max)
    const end = cut(rest.slice(0, most)) ?? most
    parts.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).replace(/^\s*\n|^[ \t]+/, '')
  }
  return rest === '' ? parts : [...parts, rest]
}

/** How many UTF-16 units from the start on fit, never half of a letter. */
function fitting(text: string, max: number): number {
  let low = Math.min(text.length, Math.floor(max / 3))
  let high = Math.min(text.length, max)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (utf8Bytes(text.slice(0, middle)) <= max) low = middle
    else high = middle - 1
  }
  const code = text.charCodeAt(low - 1)
  return Math.max(1, code >= 0xd800 && code < 0xdc00 ? low - 1 : low)
}

/** Where the last line or, in its second half, the last word ends. */
function cut(text: string): number | undefined {
  for (const end of [text.lastIndexOf('\n'), text.lastIndexOf(' ')]) if (end > text.length / 2) return end
  return undefined
}
