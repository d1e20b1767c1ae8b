import { Plus } from 'lucide-react'
import type { Hub } from '../../hub/hub'
import { Mark } from '../../ui/mark'
import { IconButton } from '../../ui/button'
import { SectionTitle } from '../../ui/small'
import { useStore } from '../../ui/use-store'
import { Me } from './me'
import { RoomList } from './room-list'

interface Props {
  readonly hub: Hub
  readonly room: string
  /** Without the brand, where a title stands above already. */
  readonly bare?: boolean
  readonly onOpenRoom: () => void
  readonly onRename: () => void
  readonly onNavigate?: () => void
}

/** The rooms of this browser, and oneself at the bottom. */
export function Sidebar({ hub, room, bare = false, onOpenRoom, onRename, onNavigate }: Props) {
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
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="flex items-center justify-between">
          <SectionTitle>Rooms</SectionTitle>
          <IconButton label="Open or create a room" onClick={onOpenRoom}><Plus size={18} aria-hidden /></IconButton>
        </div>
        <RoomList rooms={rooms} unread={unread} current={room} onNavigate={onNavigate} onRemove={(name) => hub.visited.remove(name)} />
      </div>
      <Me hub={hub} onRename={onRename} />
    </div>
  )
}
