/** How well a text answers to what was typed, higher is better; undefined when it does not. Case does not matter. */
export function fits(typed: string, text: string): number | undefined {
  const wanted = typed.toLowerCase()
  const within = text.toLowerCase()
  if (wanted === '') return 0
  const at = within.indexOf(wanted)
  if (at === 0) return 1_000 - text.length
  if (at > 0) return (startsWord(within, at) ? 700 : 400) - at
  return scattered(wanted, within)
}

/** The best of them, best first; those that fit as well stay in their order. */
export function ranked<T>(typed: string, all: readonly T[], textOf: (item: T) => string, most: number): T[] {
  return all
    .map((item) => ({ item, fit: fits(typed, textOf(item)) }))
    .filter((one): one is { item: T; fit: number } => one.fit !== undefined)
    .toSorted((a, b) => b.fit - a.fit)
    .slice(0, most)
    .map(({ item }) => item)
}

const startsWord = (text: string, at: number): boolean => /[^\p{L}\p{Nd}]/u.test(text.slice(at - 1, at))

/** The letters in their order with others between: better the nearer they stand, best at the starts of words. */
function scattered(wanted: string, text: string): number | undefined {
  let from = 0
  let score = 200
  for (const letter of wanted) {
    const at = text.indexOf(letter, from)
    if (at < 0) return undefined
    score -= at === 0 || startsWord(text, at) ? 0 : at - from + 1
    from = at + letter.length
  }
  return score
}
