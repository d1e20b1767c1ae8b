import { Plus, Search } from 'lucide-react'
import type { Author } from '../../hub/events'
import type { Hub } from '../../hub/hub'
import { IconButton } from '../../ui/button'
import { Mark } from '../../ui/mark'
import { Key, SectionTitle } from '../../ui/small'
import { useStore } from '../../ui/use-store'
import { Me } from './me'
import { RoomList } from './room-list'

interface Props {
  readonly hub: Hub
  readonly room: string
  /** Who is in the room; undefined where they are too many to list. */
  readonly present: readonly Author[] | undefined
  /** Without the brand, where a title stands above already. */
  readonly bare?: boolean
  readonly onFind: () => void
  readonly onCreate: () => void
  readonly onMe: () => void
  readonly onRoom: (room: string) => void
  readonly onLeave: (room: string) => void
}

/** The rooms of this browser, the devices that are here, and oneself at the bottom. */
export function Sidebar({ hub, room, present, bare = false, onFind, onCreate, onMe, onRoom, onLeave }: Props) {
  const visited = useStore(hub.visited.rooms)
  const unread = useStore(hub.unread.all)
  const rooms = visited.includes(room) ? visited : [...visited, room]
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-3.5 px-2.5 pt-3.5 pb-2.5">
      {!bare && (
        <div className="flex items-center gap-2.5 px-2 text-base font-[650] tracking-[-0.01em]">
          <Mark /> Hubbub
        </div>
      )}
      <button
        type="button"
        onClick={onFind}
        className="mx-1 flex min-h-11 flex-none items-center gap-2 rounded-lg border border-line bg-card px-2.5 text-[13.5px] text-ink-3 hover:border-line-2 mid:min-h-9"
      >
        <Search size={15} aria-hidden className="mid:hidden" />
        <span className="flex-1 text-left">Find or jump to</span>
        <span className="max-mid:hidden"><Key>Ctrl K</Key></span>
      </button>
      <div className="flex min-h-0 flex-1 flex-col gap-3.5 overflow-y-auto">
        <div>
          <div className="flex items-center justify-between">
            <SectionTitle>Rooms</SectionTitle>
            <IconButton label="Open or create a room" onClick={onCreate} className="mid:-my-1.5"><Plus size={17} aria-hidden /></IconButton>
          </div>
          <RoomList rooms={rooms} unread={unread} current={room} onRoom={onRoom} onLeave={onLeave} />
        </div>
        <Devices present={present} />
      </div>
      <Me hub={hub} onOpen={onMe} />
    </div>
  )
}

/** The devices that listen in the room now. */
function Devices({ present }: { readonly present: readonly Author[] | undefined }) {
  const devices = (present ?? []).filter(({ kind }) => kind === 'device').toSorted((a, b) => a.name.localeCompare(b.name))
  if (devices.length === 0) return null
  return (
    <div>
      <SectionTitle note={`${devices.length} here`}>Devices</SectionTitle>
      <ul className="grid gap-px">
        {devices.map(({ id, name }) => (
          <li key={id} className="flex items-center gap-[9px] px-2.5 py-[5px] text-ink-2">
            <span aria-hidden className="grid w-4 flex-none place-items-center"><span className="size-2 rounded-full bg-good" /></span>
            <span className="truncate">{name}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
