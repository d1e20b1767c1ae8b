const IN_WORD = /[\p{L}\p{Nd}_]$/u
const GOES_ON = /^[\p{L}\p{Nd}_]/u

interface Named {
  readonly id: string
  readonly name: string
}

/** Whether the text names the user: an @ that begins a word, the name or the id in whatever case, and the word's end. As the hub counts. */
export const mentions = (text: string, user: Named): boolean => findMentions(text, user).length > 0

/** Where it does, from the @ on; in the text's lower case, which is as long as the text but for a few letters of few languages. */
export const findMentions = (text: string, user: Named): readonly Found[] => (text.includes('@') ? find(text, [user.name, user.id]) : [])

/** Where the text names anybody of these names, likewise; of two names that begin alike it is the longer. */
export const findNames = (text: string, names: Iterable<string>): readonly Found[] =>
  text.includes('@') ? find(text, [...names].toSorted((a, b) => b.length - a.length)) : []

interface Found {
  readonly from: number
  readonly to: number
}

function find(text: string, all: readonly string[]): readonly Found[] {
  const lower = text.toLowerCase()
  const names = all.map((name) => name.toLowerCase()).filter((name) => name !== '')
  const found: { from: number; to: number }[] = []
  for (let at = lower.indexOf('@'); at >= 0; at = lower.indexOf('@', at + 1)) {
    if (IN_WORD.test(lower.slice(Math.max(0, at - 2), at))) continue
    const name = names.find((one) => lower.startsWith(one, at + 1) && !GOES_ON.test(lower.slice(at + 1 + one.length)))
    if (name !== undefined) found.push({ from: at, to: at + 1 + name.length })
  }
  return found
}
