import type { Shown } from '../../hub/overlay'
import { Check } from 'lucide-react'
import { Button } from '../../ui/button'
import type { Acts } from './acts'

/** Names of users, by id. */
export type Names = ReadonlyMap<string, string>

interface Props {
  readonly message: Shown
  readonly me: string
  readonly names: Names
  readonly acts: Acts
}

/** Who reacted how; one's own stand out. */
export function Reactions({ message, me, names, acts }: Props) {
  if (message.reactions === undefined) return null
  return (
    <div className="flex flex-wrap gap-x-1.5 mid:mt-1 mid:gap-y-1">
      {message.reactions.map(({ emoji, users }) => {
        const who = listed(users, me, names)
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={users.includes(me)}
            aria-label={`${emoji} ${users.length}: ${who}`}
            title={who}
            onClick={() => acts.react(message, emoji)}
            className="group/chip grid min-h-11 min-w-11 place-items-center rounded-xl mid:min-h-0 mid:min-w-0"
          >
            <span className="rounded-xl border border-line bg-card px-[9px] text-[13px]/6 tabular-nums group-hover/chip:border-line-2 group-aria-pressed/chip:border-accent group-aria-pressed/chip:bg-accent-soft group-aria-pressed/chip:text-accent-text">
              <span className="font-emoji">{emoji}</span> {users.length}
            </span>
          </button>
        )
      })}
    </div>
  )
}

/** What a message lets its readers press; how often each was, and by whom. */
export function Buttons({ message, me, names, acts }: Props) {
  if (message.buttons === undefined) return null
  return (
    <div className="mt-1.5 mb-1 flex flex-wrap gap-2">
      {message.buttons.map(({ action, label }) => {
        const users = (message.presses ?? []).filter((press) => press.action === action).map((press) => press.user)
        const isMine = users.includes(me)
        const who = listed(users, me, names)
        return (
          <Button key={action} onClick={() => acts.press(message, action)} title={users.length > 0 ? `Pressed by ${who}` : undefined} className={isMine ? 'border-accent bg-accent-soft text-accent-text' : ''}>
            {isMine && <Check size={15} aria-hidden />}
            {label}
            {users.length > (isMine ? 1 : 0) && <span aria-hidden className="text-ink-3 tabular-nums">{users.length}</span>}
            {users.length > 0 && <span className="sr-only">, pressed by {who}</span>}
          </Button>
        )
      })}
    </div>
  )
}

const SOME = 5

function listed(users: readonly string[], me: string, names: Names): string {
  const known = users.map((id) => (id === me ? 'you' : (names.get(id) ?? 'someone')))
  const more = known.length - SOME
  const told = more > 1 ? [...known.slice(0, SOME), `${more} more`] : known
  return new Intl.ListFormat('en').format(told)
}
