import { X } from 'lucide-react'
import type { SyntheticEvent } from 'react'
import { Link } from 'wouter'
import { IconButton } from '../../ui/button'

interface Props {
  readonly rooms: readonly string[]
  readonly current: string
  readonly onNavigate: (() => void) | undefined
  readonly onRemove: (room: string) => void
}

/** The rooms by name. Any but the one that is open can be taken off the list: by its button, or Delete on its name. */
export function RoomList({ rooms, current, onNavigate, onRemove }: Props) {
  const remove = (room: string) => (e: SyntheticEvent<HTMLElement>) => {
    focusNeighbour(e.currentTarget)
    onRemove(room)
  }
  return (
    <ul className="grid grid-cols-1 gap-px">
      {rooms.map((room) => (
        <li key={room} className="group relative">
          <Link
            href={`/rooms/${room}`}
            onClick={onNavigate}
            onKeyDown={(e) => e.key === 'Delete' && room !== current && remove(room)(e)}
            aria-current={room === current ? 'page' : undefined}
            className="flex min-h-11 items-center gap-[9px] rounded-[7px] py-[5px] pr-11 pl-2.5 -outline-offset-2 text-ink-2 group-hover:bg-line aria-[current=page]:bg-accent-soft aria-[current=page]:pr-2.5 aria-[current=page]:font-semibold aria-[current=page]:text-accent-text mid:min-h-8 mid:pr-9"
          >
            <span aria-hidden className="w-4 flex-none text-center">#</span>
            <span className="truncate">{room}</span>
          </Link>
          {room !== current && (
            <div className="absolute inset-y-0 right-0 flex items-center opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 [@media(hover:none)]:opacity-100">
              <IconButton label={`Remove #${room} from this list`} onClick={remove(room)} className="hover:text-ink mid:size-8">
                <X size={15} aria-hidden />
              </IconButton>
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

/** What had the focus is about to be gone. */
function focusNeighbour(within: HTMLElement): void {
  const item = within.closest('li')
  const neighbour = item?.nextElementSibling ?? item?.previousElementSibling
  neighbour?.querySelector('a')?.focus()
}
