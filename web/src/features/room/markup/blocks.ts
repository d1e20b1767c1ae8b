import { parseInline } from './inline'
import type { Block, Item, List } from './tree'

const FENCE = /^ {0,3}(`{3,}) ?([\w+#.-]{0,20})$/
const QUOTE = /^ {0,3}> ?/
const ITEM = /^( {0,10})(?:[-*+]|(\d{1,3})[.)]) (?=\S)/
const DEPTH = 4

/** Parses a message: text, lists, quotes and code, each line looked at a bounded number of times. */
export function parse(text: string): readonly Block[] {
  return parseLines(text.split('\n'), 0)
}

function parseLines(lines: readonly string[], depth: number): readonly Block[] {
  const blocks: Block[] = []
  let plain: string[] = []
  const flush = () => {
    const text = plain.join('\n').replace(/^\n+/, '').trimEnd()
    if (text !== '') blocks.push({ type: 'text', of: parseInline(text) })
    plain = []
  }
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? ''
    const [block, next] = codeAt(lines, at) ?? (depth < DEPTH ? quoteAt(lines, at, depth) : undefined) ?? listAt(lines, at) ?? [undefined, at + 1]
    if (block === undefined) plain.push(line)
    else {
      flush()
      blocks.push(block)
    }
    at = next
  }
  flush()
  return blocks
}

type Found = readonly [block: Block, next: number] | undefined

/** Code between fences; without the second one, up to the end. */
function codeAt(lines: readonly string[], at: number): Found {
  const fence = FENCE.exec((lines[at] ?? '').trimEnd())
  if (fence === null) return undefined
  const [, ticks = '', language = ''] = fence
  let end = at + 1
  while (end < lines.length && !closes(lines[end] ?? '', ticks)) end++
  return [{ type: 'code', language, text: lines.slice(at + 1, end).join('\n') }, Math.min(end + 1, lines.length)]
}

const closes = (line: string, ticks: string): boolean => line.trim().startsWith(ticks) && /^`+$/.test(line.trim())

function quoteAt(lines: readonly string[], at: number, depth: number): Found {
  let end = at
  while (end < lines.length && QUOTE.test(lines[end] ?? '')) end++
  if (end === at) return undefined
  const inside = lines.slice(at, end).map((line) => line.replace(QUOTE, ''))
  const isEmpty = inside.every((line) => line.trim() === '')
  const asWritten: Block = { type: 'text', of: [{ type: 'text', text: lines.slice(at, end).join('\n') }] }
  return [isEmpty ? asWritten : { type: 'quote', of: parseLines(inside, depth + 1) }, end]
}

interface Line {
  readonly indent: number
  readonly number: number | undefined
  readonly text: string[]
}

/** Items line by line; what is indented below an item goes on with it. */
function listAt(lines: readonly string[], at: number): Found {
  const found: Line[] = []
  let end = at
  for (; end < lines.length; end++) {
    const line = lines[end] ?? ''
    const item = ITEM.exec(line)
    const last = found.at(-1)
    if (item !== null) {
      const [all, indent = '', number] = item
      found.push({ indent: indent.length, number: number === undefined ? undefined : Number(number), text: [line.slice(all.length)] })
    } else if (last !== undefined && /^ {2,}\S/.test(line)) last.text.push(line.trim())
    else break
  }
  return found.length === 0 ? undefined : [toList(found, 0), end]
}

/** Items that are indented further than the first are lists within those before them. */
function toList(lines: readonly Line[], depth: number): List {
  const first = lines[0]
  const edge = depth < DEPTH ? (first?.indent ?? 0) + 1 : Infinity
  const items: Item[] = []
  for (let at = 0; at < lines.length; ) {
    let end = at + 1
    while (end < lines.length && (lines[end]?.indent ?? 0) > edge) end++
    const within = lines.slice(at + 1, end)
    items.push({ of: parseInline((lines[at]?.text ?? []).join('\n')), lists: within.length === 0 ? [] : [toList(within, depth + 1)] })
    at = end
  }
  return { type: 'list', start: first?.number, items }
}
