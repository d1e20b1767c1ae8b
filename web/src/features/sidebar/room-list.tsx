import { X } from 'lucide-react'
import type { MouseEvent, SyntheticEvent } from 'react'
import { nothing, type Unread } from '../../hub/unread'
import { IconButton } from '../../ui/button'
import { Count } from '../../ui/small'

interface Props {
  readonly rooms: readonly string[]
  readonly unread: ReadonlyMap<string, Unread>
  readonly current: string
  readonly onRoom: (room: string) => void
  readonly onLeave: (room: string) => void
}

/** The rooms by name. Any can be left, which takes it off the list: by its button, or Delete on its name. */
export function RoomList({ rooms, unread, current, onRoom, onLeave }: Props) {
  const leave = (room: string) => (e: SyntheticEvent<HTMLElement>) => {
    focusNeighbour(e.currentTarget)
    onLeave(room)
  }
  const open = (room: string) => (e: MouseEvent) => {
    if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || e.button !== 0) return // in a tab of its own
    e.preventDefault()
    onRoom(room)
  }
  return (
    <ul className="grid grid-cols-1 gap-px">
      {rooms.map((room) => (
        <li key={room} className="group relative">
          <a
            href={`/rooms/${room}`}
            onClick={open(room)}
            onKeyDown={(e) => e.key === 'Delete' && rooms.length > 1 && leave(room)(e)}
            aria-current={room === current ? 'page' : undefined}
            className={`flex min-h-11 items-center gap-[9px] rounded-[7px] py-[5px] pr-11 pl-2.5 -outline-offset-2 group-hover:bg-line aria-[current=page]:bg-accent-soft aria-[current=page]:font-semibold aria-[current=page]:text-accent-text mid:min-h-8 mid:pr-2.5 mid:group-focus-within:pr-9 mid:group-hover:pr-9 mid:[@media(hover:none)]:pr-11 ${isUnread(unread.get(room)) ? 'font-semibold text-ink' : 'text-ink-2'}`}
          >
            <span aria-hidden className="w-4 flex-none text-center text-ink-3">#</span>
            <span className="truncate">{room}</span>
            <Counts of={unread.get(room) ?? nothing} />
          </a>
          {rooms.length > 1 && (
            <div className="absolute inset-y-0 right-0 flex items-center opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 [@media(hover:none)]:opacity-100">
              <IconButton label={`Leave #${room}`} onClick={leave(room)} className="hover:text-ink mid:size-8">
                <X size={15} aria-hidden />
              </IconButton>
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

const isUnread = (of: Unread | undefined): boolean => of !== undefined && of.unread > 0

/** Mentions before all that is unread. */
function Counts({ of: { unread, mentions } }: { readonly of: Unread }) {
  if (mentions > 0) return <Count of={mentions} look="mine" words={`${mentions} ${mentions === 1 ? 'mention' : 'mentions'}, ${unread} unread`} />
  return unread > 0 ? <Count of={unread} look="plain" words={`${unread} unread`} /> : null
}

/** What had the focus is about to be gone. */
function focusNeighbour(within: HTMLElement): void {
  const item = within.closest('li')
  const neighbour = item?.nextElementSibling ?? item?.previousElementSibling
  neighbour?.querySelector('a')?.focus()
}
