import { memo, type ReactNode } from 'react'
import { findNames } from '../../hub/mentions'
import { CodeBlock } from './code-block'
import { parse } from './markup/blocks'
import type { Block, Inline, List } from './markup/tree'
import type { Names } from './reactions'

interface Props {
  readonly text: string
  /** Who stands out where they are named. */
  readonly names: Names
  /** What follows the text, on its last line. */
  readonly after?: ReactNode
}

/** A message's text: its markup as elements, never as HTML. A few emojis alone are large. */
export const Text = memo(function Text({ text, names, after }: Props) {
  if (isEmojis(text)) {
    return (
      <p className="text-[30px]/10">
        {text.trim()}
        {after && <span className="text-[15px]/[22px]">{after}</span>}
      </p>
    )
  }
  const blocks = parse(text)
  const isTextLast = blocks.at(-1)?.type === 'text'
  return (
    <div>
      <Blocks of={blocks} names={names} after={isTextLast ? after : undefined} />
      {!isTextLast && after}
    </div>
  )
})

/** Parts of what does not change need no better keys than their places. */
const keyed = <T,>(all: readonly T[]) => all.map((one, place) => ({ one, key: `${place}` }))

function Blocks({ of, names, after }: { readonly of: readonly Block[]; readonly names: Names; readonly after?: ReactNode }) {
  return keyed(of).map(({ one: block, key }) => {
    switch (block.type) {
      case 'text':
        return (
          <p key={key} className="whitespace-pre-wrap not-first:mt-1">
            <Inlines of={block.of} names={names} />
            {block === of.at(-1) && after}
          </p>
        )
      case 'code':
        return <CodeBlock key={key} language={block.language} text={block.text} />
      case 'quote':
        return (
          <blockquote key={key} className="my-1 border-l-2 border-line-2 pl-2.5 text-ink-2">
            <Blocks of={block.of} names={names} />
          </blockquote>
        )
      case 'list':
        return <Items key={key} list={block} names={names} />
    }
  })
}

function Items({ list, names }: { readonly list: List; readonly names: Names }) {
  const items = keyed(list.items).map(({ one: { of, lists }, key }) => (
    <li key={key} className="whitespace-pre-wrap">
      <Inlines of={of} names={names} />
      {keyed(lists).map(({ one, key: inner }) => <Items key={inner} list={one} names={names} />)}
    </li>
  ))
  if (list.start === undefined) return <ul className="my-0.5 list-disc pl-5 marker:text-ink-3">{items}</ul>
  return <ol start={list.start} className="my-0.5 list-decimal pl-6 tabular-nums marker:text-ink-3">{items}</ol>
}

function Inlines({ of, names }: { readonly of: readonly Inline[]; readonly names: Names }): ReactNode {
  return keyed(of).map(({ one: node, key }) => {
    switch (node.type) {
      case 'text':
        return <Plain key={key} text={node.text} names={names} />
      case 'code':
        return <code key={key} className="rounded-[5px] border border-line bg-panel box-decoration-clone px-[5px] py-px text-[13px]">{node.text}</code>
      case 'strong':
        return <strong key={key} className="font-[650]"><Inlines of={node.of} names={names} /></strong>
      case 'em':
        return <em key={key}><Inlines of={node.of} names={names} /></em>
      case 'strike':
        return <s key={key} className="text-ink-2"><Inlines of={node.of} names={names} /></s>
      case 'link':
        return (
          <a key={key} href={node.href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent-text underline underline-offset-2">
            <Inlines of={node.of} names={names} />
          </a>
        )
    }
  })
}

/** Text in which who is named stands out. */
function Plain({ text, names }: { readonly text: string; readonly names: Names }) {
  const named = findNames(text, new Set(names.values()))
  if (named.length === 0) return text
  return (
    <>
      {named.map(({ from, to }, i) => (
        <span key={from}>
          {text.slice(named[i - 1]?.to ?? 0, from)}
          <span className="rounded-sm bg-accent-soft px-[3px] font-[550] text-accent-text">{text.slice(from, to)}</span>
        </span>
      ))}
      {text.slice(named.at(-1)?.to)}
    </>
  )
}

/** More of them are text. */
const FEW = 8
const EMOJI = /^(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*)$/u

function isEmojis(text: string): boolean {
  if (text.length > FEW * 12) return false
  const parts = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment).filter((segment) => segment.trim() !== '')
  return parts.length > 0 && parts.length <= FEW && parts.every((part) => EMOJI.test(part))
}
