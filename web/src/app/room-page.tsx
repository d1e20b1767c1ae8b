import { Keyboard, Menu, Users } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { Here } from '../features/here/here'
import { KeysSheet } from '../features/keys/keys'
import { RoomView } from '../features/room/room-view'
import { OpenRoomDialog, RenameDialog } from '../features/sidebar/dialogs'
import { Sidebar } from '../features/sidebar/sidebar'
import type { Hub } from '../hub/hub'
import { IconButton } from '../ui/button'
import { Drawer } from '../ui/dialog'
import { theme } from '../ui/theme'
import { useMedia } from '../ui/use-media'
import { useShortcuts } from '../ui/use-shortcuts'
import { useStore } from '../ui/use-store'

type Sheet = 'rooms' | 'here' | 'open' | 'rename' | 'keys'

/** One room with what stands around it: columns where there is room for them, drawers where there is not. */
export function RoomPage({ hub, name }: { readonly hub: Hub; readonly name: string }) {
  const room = useMemo(() => hub.room(name), [hub, name])
  useEffect(() => room.enter(), [room])
  const { presence, typing } = useStore(room.view)
  const unread = useStore(hub.unread.all)
  const visited = useStore(hub.visited.rooms)
  const identity = useStore(hub.session.identity)
  const [, navigate] = useLocation()
  const input = useRef<HTMLTextAreaElement>(null)
  const hasSide = useMedia('(min-width: 721px)')
  const hasHere = useMedia('(min-width: 1081px)')
  const [showHere, setShowHere] = useState(true)
  const [sheet, setSheet] = useState<Sheet>()
  const close = () => setSheet(undefined)
  const toggleHere = () => (hasHere ? setShowHere((shown) => !shown) : setSheet('here'))
  const go = (target: string) => {
    close()
    navigate(`/rooms/${target}`)
  }
  const beside = (step: number) => () => {
    const rooms = hub.visited.rooms.get()
    const next = rooms[rooms.indexOf(name) + step]
    if (next !== undefined) go(next)
  }
  useShortcuts({
    '?': () => setSheet('keys'),
    'ctrl+k': () => setSheet('open'),
    'alt+arrowup': beside(-1),
    'alt+arrowdown': beside(1),
    m: () => input.current?.focus(),
    h: toggleHere,
    t: theme.next,
    n: () => setSheet('rename'),
  })
  const waiting = visited.reduce((sum, visitedRoom) => sum + (unread.get(visitedRoom)?.unread ?? 0), 0)
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}#${name} · Hubbub`
  }, [name, waiting])

  const inColumn = hasHere && showHere
  const sidebar = { hub, room: name, onOpenRoom: () => setSheet('open'), onRename: () => setSheet('rename') }
  const here = <Here presence={presence} me={identity.user?.id} typing={typing} />
  const hereTitle = `Here, ${presence.count.toLocaleString('en')}`
  return (
    <div
      className={`grid h-dvh grid-cols-1 grid-rows-1 mid:grid-cols-[240px_minmax(0,1fr)] ${inColumn ? 'wide:grid-cols-[264px_minmax(0,1fr)_288px]' : 'wide:grid-cols-[264px_minmax(0,1fr)]'}`}
    >
      {hasSide && (
        <nav aria-label="Rooms" className="flex min-h-0 border-r border-line bg-panel">
          <Sidebar {...sidebar} />
        </nav>
      )}
      <RoomView
        key={name}
        hub={hub}
        room={room}
        input={input}
        before={!hasSide && <IconButton label="Rooms" onClick={() => setSheet('rooms')}><Menu size={19} aria-hidden /></IconButton>}
        tools={
          <>
            {hasSide && <IconButton label="Keys" onClick={() => setSheet('keys')}><Keyboard size={18} aria-hidden /></IconButton>}
            <IconButton label="Who is here" onClick={toggleHere} {...(hasHere && { 'aria-pressed': showHere })}>
              <Users size={18} aria-hidden />
            </IconButton>
          </>
        }
      />
      {inColumn && (
        <aside aria-label="Who is here" className="flex min-h-0 flex-col border-l border-line bg-panel pt-3.5">
          <h2 className="px-4.5 text-sm font-[650]">{hereTitle}</h2>
          {here}
        </aside>
      )}
      <Drawer open={sheet === 'rooms'} onClose={close} title="Hubbub" side="left">
        <nav aria-label="Rooms" className="flex min-h-0 flex-1"><Sidebar {...sidebar} bare onNavigate={close} /></nav>
      </Drawer>
      <Drawer open={sheet === 'here'} onClose={close} title={hereTitle} side="right">{here}</Drawer>
      <OpenRoomDialog open={sheet === 'open'} onClose={close} onOpen={go} />
      <RenameDialog open={sheet === 'rename'} onClose={close} name={identity.user?.name ?? identity.name ?? ''} onRename={(next) => hub.enter(next)} />
      <KeysSheet open={sheet === 'keys'} onClose={close} />
    </div>
  )
}
