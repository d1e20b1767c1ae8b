import type { Author } from '../../hub/events'

/** Who is writing. Its line is always there, so that nothing moves. Not read out: it comes and goes too often. */
export function TypingLine({ users }: { readonly users: readonly Author[] }) {
  return <p className="h-[22px] flex-none truncate px-3 pl-[60px] text-[13px]/[22px] text-ink-3 mid:pr-5 mid:pl-[68px]">{said(users.map((user) => user.name))}</p>
}

function said([first, second, ...more]: readonly string[]): string {
  if (first === undefined) return ''
  if (second === undefined) return `${first} is typing…`
  return more.length === 0 ? `${first} and ${second} are typing…` : `${first}, ${second} and ${more.length} more are typing…`
}
