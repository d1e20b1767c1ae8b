import { memo } from 'react'
import { splitLinks } from './links'

/** A message's text as it was written; addresses of the web become links. Never markup. */
export const Text = memo(function Text({ text }: { readonly text: string }) {
  return (
    <span className="whitespace-pre-wrap">
      {splitLinks(text).map(({ from, text: part, href }) =>
        href === undefined ? (
          part
        ) : (
          <a key={from} href={href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent-text underline underline-offset-2">
            {part}
          </a>
        ),
      )}
    </span>
  )
})
