import { Menu, Plug, Search, Users } from 'lucide-react'
import { IconButton } from '../ui/button'
import type { Sheet } from './use-sheet'

interface Props {
  readonly room: string
  /** Whether the rooms have a column of their own. */
  readonly hasSide: boolean
  /** Whether who is here is shown in a column; undefined where there is no room for one. */
  readonly here: boolean | undefined
  readonly onHere: () => void
  readonly onOpen: (sheet: Sheet) => void
}

/** The room's name, and what lies around it. */
export function Header({ room, hasSide, here, onHere, onOpen }: Props) {
  return (
    <header className="flex min-h-14 flex-none items-center gap-1 border-b border-line px-1.5 py-1.5 mid:gap-3 mid:px-5">
      {!hasSide && <IconButton label="Rooms" onClick={() => onOpen('rooms')}><Menu size={20} aria-hidden /></IconButton>}
      <h1 className="min-w-0 flex-1 truncate text-base font-[650]"># {room}</h1>
      <div className="flex mid:gap-1">
        <IconButton label="Find or jump to" onClick={() => onOpen('find')}><Search size={18} aria-hidden /></IconButton>
        <IconButton label="Connect something" onClick={() => onOpen('connect')}><Plug size={18} aria-hidden /></IconButton>
        <IconButton label="Who is here" onClick={onHere} {...(here !== undefined && { 'aria-pressed': here })}>
          <Users size={18} aria-hidden />
        </IconButton>
      </div>
    </header>
  )
}
