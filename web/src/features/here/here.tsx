import type { Author } from '../../hub/events'
import type { Presence } from '../../hub/presence'
import { Avatar } from '../../ui/avatar'
import { SectionTitle } from '../../ui/small'

const groups = [
  { title: 'People', has: (u: Author) => u.kind === 'person' || u.kind === 'guest' },
  { title: 'Devices', has: (u: Author) => u.kind === 'device' },
  { title: 'Bots', has: (u: Author) => u.kind === 'bot' },
]

/** The word for a protocol: short, and the one that people use. */
const protocols: Readonly<Record<string, string>> = { websocket: 'web', bot: 'config' }

/** Who is in the room now, by kind. */
export function Here({ presence, me, typing }: { readonly presence: Presence; readonly me: string | undefined; readonly typing: readonly Author[] }) {
  if (presence.users === undefined) {
    return <p className="px-4.5 py-2 text-ink-2">{presence.count.toLocaleString('en')} are here, too many to list.</p>
  }
  const users = presence.users
  return (
    <div tabIndex={0} className="grid min-h-0 flex-1 content-start gap-3.5 overflow-y-auto px-3 pt-3.5 pb-3 -outline-offset-2">
      {groups.map(({ title, has }) => {
        const some = users.filter(has).toSorted((a, b) => a.name.localeCompare(b.name))
        return some.length === 0 ? null : (
          <section key={title}>
            <SectionTitle>{title}</SectionTitle>
            <ul className="grid gap-px">{some.map((user) => <Person key={user.id} user={user} note={user.id === me ? 'you' : typing.some(({ id }) => id === user.id) ? 'typing' : ''} />)}</ul>
          </section>
        )
      })}
    </div>
  )
}

function Person({ user, note }: { readonly user: Author; readonly note: string }) {
  return (
    <li className="grid grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-2.5 rounded-lg px-1.5 py-[5px]">
      <Avatar id={user.id} name={user.name} kind={user.kind} size="s" />
      <span className="min-w-0 leading-5">
        <span className="block truncate font-[550]">{user.name}</span>
        {note !== '' && <span className="block text-[12.5px]/4 text-ink-3">{note}</span>}
      </span>
      {user.via !== '' && (
        <span className="rounded-[5px] border border-line-2 px-[5px] font-mono text-[11.5px]/[17px] text-ink-2">
          {protocols[user.via] ?? user.via}
        </span>
      )}
    </li>
  )
}
