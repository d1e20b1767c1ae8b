import { memo } from 'react'
import type { User } from '../../hub/frames'
import { findMentions } from '../../hub/mentions'
import { splitLinks } from './links'

interface Props {
  readonly text: string
  /** Whose name stands out. */
  readonly me?: User | undefined
}

/** A message's text as it was written; addresses of the web become links, and one's own name stands out. Never markup. */
export const Text = memo(function Text({ text, me }: Props) {
  return (
    <span className="whitespace-pre-wrap">
      {splitLinks(text).map(({ from, text: part, href }) =>
        href === undefined ? (
          <Plain key={from} text={part} me={me} />
        ) : (
          <a key={from} href={href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent-text underline underline-offset-2">
            {part}
          </a>
        ),
      )}
    </span>
  )
})

function Plain({ text, me }: Props) {
  const named = me === undefined ? [] : findMentions(text, me)
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
