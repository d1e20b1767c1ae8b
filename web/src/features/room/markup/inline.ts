import { linkAt, safeHref } from './links'
import type { Inline } from './tree'

type Mark = '**' | '__' | '*' | '_' | '~~'

interface Open {
  readonly mark: Mark | '['
  /** Where its own text stands among the nodes; what it encloses follows. */
  readonly node: number
}

const TYPES = { '**': 'strong', __: 'strong', '*': 'em', _: 'em', '~~': 'strike' } as const
/** Deeper than anybody writes, and shallow enough to be drawn. */
const DEPTH = 16
/** An address that is longer is not read to its end. */
const LONG = 2_100
const WORD = /[\p{L}\p{N}]/u
const SPACE = /\s/
const ESCAPED = new Set('\\`*_~[]()>-+#.!')

/**
 * Parses emphasis, code and links in one pass, in time that grows with the text and no faster, whatever is in it: each mark is
 * opened and closed, or given up, once; where code and addresses end is looked up.
 */
export function parseInline(text: string): readonly Inline[] {
  return new Parser(text).parse()
}

class Parser {
  readonly #text: string
  readonly #nodes: Inline[] = []
  readonly #open: Open[] = []
  readonly #count = new Map<Open['mark'], number>()
  readonly #fences: Fences
  readonly #ends: Ends
  /** Where the text begins that is not among the nodes yet. */
  #from = 0

  constructor(text: string) {
    this.#text = text
    this.#fences = new Fences(text)
    this.#ends = new Ends(text)
  }

  parse(): readonly Inline[] {
    let at = 0
    while (at < this.#text.length) at = this.#step(at)
    this.#flush(at)
    return merged(this.#nodes)
  }

  /** Takes what stands at this place, and returns the next one. */
  #step(at: number): number {
    const char = this.#text[at] ?? ''
    switch (char) {
      case '\\':
        return this.#escape(at)
      case '`':
        return this.#code(at)
      case '*':
      case '_':
      case '~':
        return this.#marks(at, char)
      case '[':
        return this.#push(at, '[', 1)
      case ']':
        return this.#link(at)
      case 'h':
      case 'H':
        return this.#address(at)
      default:
        return at + 1
    }
  }

  #escape(at: number): number {
    if (!ESCAPED.has(this.#text[at + 1] ?? '')) return at + 1
    this.#flush(at)
    this.#from = at + 1
    return at + 2
  }

  #code(at: number): number {
    const length = runAt(this.#text, at)
    const end = this.#fences.after(at + length, length)
    if (end === undefined) return at + length
    const inside = this.#text.slice(at + length, end)
    const padded = inside.startsWith(' ') && inside.endsWith(' ') && inside.trim() !== ''
    this.#flush(at)
    return this.#put({ type: 'code', text: padded ? inside.slice(1, -1) : inside }, end + length)
  }

  #address(at: number): number {
    if (WORD.test(this.#text[at - 1] ?? '')) return at + 1
    const link = linkAt(this.#text, at)
    if (link === undefined) return at + 1
    if (link.href === undefined) return at + Math.max(1, link.text.length)
    this.#flush(at)
    return this.#put({ type: 'link', href: link.href, of: [{ type: 'text', text: link.text }] }, at + link.text.length)
  }

  /** A run of one mark closes what it can, and opens with the rest. Within words it does nothing. */
  #marks(at: number, char: '*' | '_' | '~'): number {
    const length = runAt(this.#text, at)
    const before = this.#text[at - 1] ?? ' '
    const after = this.#text[at + length] ?? ' '
    const closes = !SPACE.test(before) && !WORD.test(after)
    const opens = !SPACE.test(after) && !WORD.test(before)
    let rest = length
    for (let mark = closes ? this.#closable(char, rest) : undefined; mark !== undefined; mark = this.#closable(char, rest)) {
      this.#flush(at + length - rest)
      this.#close(mark)
      rest -= mark.length
      this.#from = at + length - rest
    }
    let next = at + length - rest
    for (let mark = opens ? markOf(char, rest) : undefined; mark !== undefined; mark = markOf(char, rest)) {
      next = this.#push(next, mark, mark.length)
      rest -= mark.length
    }
    return at + length
  }

  /** The innermost mark of this kind that is open and not longer than what is left of the run. */
  #closable(char: '*' | '_' | '~', rest: number): Mark | undefined {
    const marks = ([`${char}${char}`, char] as Mark[]).filter((mark) => mark.length <= rest && (this.#count.get(mark) ?? 0) > 0)
    if (marks.length < 2) return marks[0]
    return this.#open.findLast(({ mark }) => marks.includes(mark as Mark))?.mark as Mark
  }

  #push(at: number, mark: Mark | '[', length: number): number {
    if (this.#open.length >= DEPTH) return at + length
    this.#flush(at)
    this.#open.push({ mark, node: this.#nodes.length })
    this.#count.set(mark, (this.#count.get(mark) ?? 0) + 1)
    return this.#put({ type: 'text', text: mark }, at + length)
  }

  /** Gives up what was opened within, and returns what stands between. */
  #take(mark: Mark | '['): readonly Inline[] {
    for (;;) {
      const last = this.#open.pop()
      if (last === undefined) return []
      this.#count.set(last.mark, (this.#count.get(last.mark) ?? 0) - 1)
      if (last.mark === mark) return this.#nodes.splice(last.node).slice(1)
    }
  }

  #close(mark: Mark): void {
    this.#nodes.push({ type: TYPES[mark], of: merged(this.#take(mark)) })
  }

  #link(at: number): number {
    if ((this.#count.get('[') ?? 0) === 0) return at + 1
    const end = this.#text[at + 1] === '(' ? this.#ends.after(at + 2) : undefined
    const href = end === undefined ? undefined : safeHref(this.#text.slice(at + 2, Math.min(end, at + LONG)))
    this.#flush(at)
    const index = this.#open.findLastIndex(({ mark }) => mark === '[')
    const within = this.#nodes.slice((this.#open[index]?.node ?? 0) + 1)
    if (href === undefined || end === undefined || within.length === 0 || hasLink(within)) {
      // The bracket was but a bracket; what was opened in it stays open.
      this.#open.splice(index, 1)
      this.#count.set('[', (this.#count.get('[') ?? 0) - 1)
      return at + 1
    }
    return this.#put({ type: 'link', href, of: merged(this.#take('[')) }, end + 1)
  }

  #put(node: Inline, next: number): number {
    this.#nodes.push(node)
    this.#from = next
    return next
  }

  #flush(to: number): void {
    if (to > this.#from) this.#nodes.push({ type: 'text', text: this.#text.slice(this.#from, to) })
    this.#from = to
  }
}

/** How many of the character that stands here follow one another. */
function runAt(text: string, at: number): number {
  let end = at + 1
  while (text[end] === text[at]) end++
  return end - at
}

const markOf = (char: '*' | '_' | '~', rest: number): Mark | undefined =>
  rest >= 2 ? (`${char}${char}` as Mark) : char === '~' || rest < 1 ? undefined : char

const hasLink = (nodes: readonly Inline[]): boolean => nodes.some((node) => node.type === 'link' || ('of' in node && hasLink(node.of)))

/** Where runs of backticks of each length are. */
class Fences {
  readonly #places = new Map<number, number[]>()
  readonly #next = new Map<number, number>()

  constructor(text: string) {
    for (let at = text.indexOf('`'); at >= 0; ) {
      const length = runAt(text, at)
      const places = this.#places.get(length) ?? []
      places.push(at)
      this.#places.set(length, places)
      at = text.indexOf('`', at + length)
    }
  }

  /** The first run of this length from here on. Asked for places that ascend. */
  after(from: number, length: number): number | undefined {
    const places = this.#places.get(length) ?? []
    let next = this.#next.get(length) ?? 0
    while ((places[next] ?? Infinity) < from) next++
    this.#next.set(length, next)
    return places[next]
  }
}

/** Where addresses in brackets end: at a bracket that closes, with no space before it. */
class Ends {
  readonly #text: string
  #from = -1
  #end: number | undefined

  constructor(text: string) {
    this.#text = text
  }

  /** Asked for places that ascend. */
  after(from: number): number | undefined {
    if (from <= this.#from) return this.#end
    let at = from
    while (at < this.#text.length && this.#text[at] !== ')' && !SPACE.test(this.#text[at] ?? '')) at++
    this.#from = at
    this.#end = this.#text[at] === ')' ? at : undefined
    return this.#end
  }
}

/** With neighbouring texts put together. */
function merged(nodes: readonly Inline[]): readonly Inline[] {
  const result: Inline[] = []
  let texts: string[] = []
  const flush = () => {
    if (texts.length > 0) result.push({ type: 'text', text: texts.join('') })
    texts = []
  }
  for (const node of nodes) {
    if (node.type === 'text') texts.push(node.text)
    else {
      flush()
      result.push(node)
    }
  }
  flush()
  return result
}
