import { describe, expect, it } from 'vitest'
import { seeded } from '../../../hub/testing/fake-hub'
import { parse } from './blocks'
import { parseInline } from './inline'
import { plain } from './plain'
import type { Block, Inline, List } from './tree'

/** The tree in short, as a person reads it. */
const short = (nodes: readonly Inline[]): string =>
  nodes.map((node) => ('of' in node ? `${node.type}(${short(node.of)}${node.type === 'link' ? ` → ${node.href}` : ''})` : node.type === 'code' ? `code(${node.text})` : node.text)).join('')

const list = ({ start, items }: List): string => `${start ?? 'list'}[${items.map(({ of, lists }) => [short(of), ...lists.map(list)].join(' ')).join(' | ')}]`

const shorter = (blocks: readonly Block[]): string =>
  blocks
    .map((block) => {
      switch (block.type) {
        case 'text':
          return short(block.of)
        case 'code':
          return `code ${block.language}(${block.text})`
        case 'quote':
          return `quote(${shorter(block.of)})`
        case 'list':
          return list(block)
      }
    })
    .join(' / ')

describe('emphasis, code and links', () => {
  it.each([
    ['plain words', 'plain words'],
    ['**bold** and *slanted* and _so_ and __so__', 'strong(bold) and em(slanted) and em(so) and strong(so)'],
    ['~~gone~~ ~not~', 'strike(gone) ~not~'],
    ['***both***', 'strong(em(both))'],
    ['**bold *and slanted* in it**', 'strong(bold em(and slanted) in it)'],
    ['*a **b* c**', 'em(a **b) c**'],
    ['**never closed', '**never closed'],
    ['2 * 3 * 4 and 2*3*4 and snake_case_name', '2 * 3 * 4 and 2*3*4 and snake_case_name'],
    ['`a *b* c` and ``a ` b``', 'code(a *b* c) and code(a ` b)'],
    ['`never closed *but* so', '`never closed em(but) so'],
    ['\\*not so\\* but C:\\dir', '*not so* but C:\\dir'],
    ['see https://example.org/a?b=1.', 'see link(https://example.org/a?b=1 → https://example.org/a?b=1).'],
    ['(http://x.org/a_(b))', '(link(http://x.org/a_(b) → http://x.org/a_(b)))'],
    ['**https://x.org/**', 'strong(link(https://x.org/ → https://x.org/))'],
    ['<https://x.org>', '<link(https://x.org → https://x.org/)>'],
    ['https://', 'https://'],
    ['[the *manual*](https://x.org/m) here', 'link(the em(manual) → https://x.org/m) here'],
    ['[mail](mailto:a@x.org)', 'link(mail → mailto:a@x.org)'],
    ['[no](javascript:alert(1)) [no](data:text/html,x) [no](/etc) [](https://x.org)', '[no](javascript:alert(1)) [no](data:text/html,x) [no](/etc) [](link(https://x.org → https://x.org/))'],
    ['[a [b](https://x.org) c](https://y.org)', '[a link(b → https://x.org/) c](link(https://y.org → https://y.org/))'],
    ['a[0] = b[1]', 'a[0] = b[1]'],
    ['<b>bold</b> <script>alert(1)</script>', '<b>bold</b> <script>alert(1)</script>'],
  ])('%s', (text, tree) => {
    expect(short(parseInline(text))).toBe(tree)
  })
})

describe('blocks', () => {
  it.each([
    ['one\ntwo\n\nthree', 'one\ntwo\n\nthree'],
    ['look:\n```go\nx := 1\n\n// *so*\n```\nthere', 'look: / code go(x := 1\n\n// *so*) / there'],
    ['```\nnever closed', 'code (never closed)'],
    ['```js x\nno fence', '```js x\nno fence'],
    ['> said\n> *so*\nanswer', 'quote(said\nem(so)) / answer'],
    ['> > twice\n> once', 'quote(quote(twice) / once)'],
    ['>', '>'],
    ['- one\n- two\n  goes on\n  - within\n  - again\n- three', 'list[one | two\ngoes on list[within | again] | three]'],
    ['3. three\n4. four', '3[three | four]'],
    ['-1 is a number\n- ', '-1 is a number\n-'],
    ['2026. was a year', '2026. was a year'],
    ['* a\n* *b*', 'list[a | em(b)]'],
  ])('%j', (text, tree) => {
    expect(shorter(parse(text))).toBe(tree)
  })
  it('has a line for where there is one', () => {
    expect(plain('**Look**:\n- `a`\n- [b](https://x.org)\n> c')).toBe('Look: a b c')
  })
})

/** All the words of a tree. */
const words = (blocks: readonly Block[]): string => blocks.map((block) => shorter([block])).join(' ')

const PIECES = ['*', '**', '_', '__', '~~', '`', '``', '```', '[', ']', '](', '](https://x.org)', ')', '\\', '\n', '\n> ', '\n- ', '\n1. ', ' ', 'a', 'word', 'https://x.org/', '(', '  ', 'é', '👍', '<b>']

describe('whatever is written', () => {
  it('loses no word, and makes nothing but what is in the tree', () => {
    const random = seeded(7)
    for (let i = 0; i < 3_000; i++) {
      const said = Array.from({ length: 1 + Math.floor(random() * 30) }, (_, n) => (random() < 0.3 ? `w${n}` : (PIECES[Math.floor(random() * PIECES.length)] ?? ''))).join('')
      const tree = words(parse(said))
      for (const word of said.match(/w\d+/g) ?? []) expect(tree).toContain(word)
      const hrefs = JSON.stringify(parse(said)).match(/"href":"[^"]*/g) ?? []
      for (const href of hrefs) expect(href).toMatch(/^"href":"(https?:\/\/|mailto:)/)
    }
  })

  const hostile: readonly (readonly [name: string, piece: string])[] = [
    ...PIECES.map((piece) => [piece, piece] as const),
    ['openers', '*_['],
    ['mixed', '*a _b ~~c `d [e'],
    ['closers', 'a* b_ c~~ d` e]('],
    ['pairs', '*a* '],
    ['brackets', '[a]('],
    ['addresses in brackets', '[a](https://x'],
    ['addresses that are none', 'https://%'],
    ['fences', '```\n'],
    ['fences of spaces', '```        '],
    ['quotes', '> '],
    ['quotes by line', '>\n'],
    ['items', '- a\n'],
    ['deeper items', '- a\n  - b\n    - c\n'],
    ['ticks that grow', '` `` ``` ```` '],
    ['dots', 'https://x.org/.....'],
    ['closing brackets', 'https://x.org/))))('],
  ]
  it.each(hostile)('16 KiB of %j takes as much longer than 2 KiB as it is longer, not more', (_, piece) => {
    const text = (size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size)
    const steps = (size: number) => best(() => parse(text(size)))
    parse(text(16_384))
    const small = steps(2_048)
    // Eight times the size: eight times the work, sixty-four times were it quadratic.
    expect(steps(16_384)).toBeLessThan(Math.max(50, small * 30))
  })
})

/** The shortest of some runs, in ms. */
function best(run: () => unknown): number {
  let least = Infinity
  for (let i = 0; i < 7; i++) {
    const start = performance.now()
    run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}
