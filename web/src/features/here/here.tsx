import { useMemo } from 'react'
import type { Author } from '../../hub/events'
import type { RoomView } from '../../hub/room'
import { ago } from '../../ui/ago'
import { Avatar } from '../../ui/avatar'
import { SectionTitle } from '../../ui/small'
import { useNow } from '../../ui/use-now'
import { listedIn, type Listed } from './listed'

/** The word for a protocol: short, and the one that people use. */
const protocols: Readonly<Record<string, string>> = { websocket: 'web', bot: 'config' }

const AGAIN_MS = 10_000

/** Who is in the room now, by kind. */
export function Here({ view, me }: { readonly view: Pick<RoomView, 'presence' | 'messages' | 'typing'>; readonly me: string | undefined }) {
  const { presence, messages, typing } = view
  const groups = useMemo(() => listedIn(presence, messages, me), [presence, messages, me])
  const now = useNow(AGAIN_MS)
  return (
    <div tabIndex={0} className="grid min-h-0 flex-1 content-start gap-3.5 overflow-y-auto px-3 pt-3.5 pb-3 -outline-offset-2">
      {presence.users === undefined && <p className="px-1.5 text-ink-2">{presence.count.toLocaleString('en')} are here, too many to list.</p>}
      {groups.map(({ title, listed }) => (
        <section key={title}>
          <SectionTitle>{title}</SectionTitle>
          <ul className="grid gap-px">
            {listed.map((one) => <Person key={one.user.id} one={one} note={noteOf(one, me, typing, now)} />)}
          </ul>
        </section>
      ))}
    </div>
  )
}

/** What they do, or how long ago they did something. */
function noteOf({ user, here, at }: Listed, me: string | undefined, typing: readonly Author[], now: number): string {
  if (user.id === me) return 'you'
  if (typing.some(({ id }) => id === user.id)) return 'typing'
  if (at === undefined) return ''
  if (user.kind === 'device') return `${here ? 'spoke' : 'last heard'} ${ago(at, now)}`
  if (user.kind === 'bot') return `answered ${ago(at, now)}`
  return here ? `wrote ${ago(at, now)}` : `left ${ago(at, now)}`
}

function Person({ one: { user, here }, note }: { readonly one: Listed; readonly note: string }) {
  return (
    <li className="grid grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-2.5 rounded-lg px-1.5 py-[5px]">
      <span className={here ? '' : 'grayscale'}><Avatar id={user.id} name={user.name} kind={user.kind} size="s" /></span>
      <span className="min-w-0">
        <span className={`block truncate leading-5 font-[550] ${here ? '' : 'text-ink-2'}`}>{user.name}</span>
        {note !== '' && <span className="block truncate text-[12.5px]/4 text-ink-3">{note}</span>}
      </span>
      {user.via !== '' && (
        <span className="rounded-[5px] border border-line-2 px-[5px] font-mono text-[11.5px]/[17px] text-ink-2">
          {protocols[user.via] ?? user.via}
        </span>
      )}
    </li>
  )
}
