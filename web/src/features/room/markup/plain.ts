import { parse } from './blocks'
import type { Block, Inline, List } from './tree'

/** A message's words without its markup, for where there is one line for them. */
export function plain(text: string): string {
  return parse(text).map(ofBlock).join(' ')
}

function ofBlock(block: Block): string {
  switch (block.type) {
    case 'text':
      return ofInline(block.of)
    case 'code':
      return block.text
    case 'quote':
      return block.of.map(ofBlock).join(' ')
    case 'list':
      return ofList(block)
  }
}

const ofList = ({ items }: List): string => items.map(({ of, lists }) => [ofInline(of), ...lists.map(ofList)].join(' ')).join(' ')

const ofInline = (nodes: readonly Inline[]): string => nodes.map((node) => ('of' in node ? ofInline(node.of) : node.text)).join('')
