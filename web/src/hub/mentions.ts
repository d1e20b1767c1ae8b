const IN_WORD = /[\p{L}\p{Nd}_]$/u
const GOES_ON = /^[\p{L}\p{Nd}_]/u

/** Whether the text names the user: an @ that begins a word, the name or the id in whatever case, and the word's end. As the hub counts. */
export function mentions(text: string, user: { readonly id: string; readonly name: string }): boolean {
  const lower = text.toLowerCase()
  for (let at = lower.indexOf('@'); at >= 0; at = lower.indexOf('@', at + 1)) {
    if (IN_WORD.test(lower.slice(Math.max(0, at - 2), at))) continue
    if (begins(lower.slice(at + 1), user.name) || begins(lower.slice(at + 1), user.id)) return true
  }
  return false
}

function begins(text: string, name: string): boolean {
  return name !== '' && text.startsWith(name.toLowerCase()) && !GOES_ON.test(text.slice(name.toLowerCase().length))
}
