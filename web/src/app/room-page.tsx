import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { FirstLine } from '../features/connect/first-line'
import { LinkNotice } from '../features/connection/link-notice'
import { Here } from '../features/here/here'
import type { PageKeyId } from '../features/keys/list'
import { RoomView } from '../features/room/room-view'
import { Sidebar } from '../features/sidebar/sidebar'
import type { Hub } from '../hub/hub'
import { isWaiting } from '../hub/outbox'
import { Drawer } from '../ui/dialog'
import { insert } from '../ui/insert'
import { theme } from '../ui/theme'
import { useMedia } from '../ui/use-media'
import { useStore } from '../ui/use-store'
import { Header } from './header'
import { Connect, fetchSheets, Find, KeysSheet, LeaveDialog, MeCard, OpenRoomDialog, Over, RenameDialog } from './sheets'
import { useActions } from './use-actions'
import { useSheet } from './use-sheet'

/** One room with what stands around it: columns where there is room for them, drawers where there is not. */
export function RoomPage({ hub, name }: { readonly hub: Hub; readonly name: string }) {
  const room = useMemo(() => hub.room(name), [hub, name])
  useEffect(() => room.enter(), [room])
  useEffect(() => later(fetchSheets), [])
  const view = useStore(room.view)
  const identity = useStore(hub.session.identity)
  const about = useStore(hub.server.about)
  const input = useRef<HTMLTextAreaElement>(null)
  /** Whether what closes now leaves one to write. */
  const writing = useRef(false)
  const hasSide = useMedia('(min-width: 721px)')
  const hasHere = useMedia('(min-width: 1081px)')
  const [showHere, setShowHere] = useState(true)
  const { sheet, open, close, go } = useSheet()
  useTitle(hub, name)

  const toggleHere = useCallback(() => (hasHere ? setShowHere((shown) => !shown) : open('here')), [hasHere, open])
  const runs = useMemo(
    () => ({
      find: () => open('find'),
      above: () => go(beside(hub, name, -1)),
      below: () => go(beside(hub, name, 1)),
      unread: () => go(nextUnread(hub, name)),
      write: () => input.current?.focus(),
      rooms: () => (hasSide ? document.querySelector<HTMLElement>('nav a[aria-current]')?.focus() : open('rooms')),
      here: toggleHere,
      connect: () => open('connect'),
      create: () => open('create'),
      me: () => open('me'),
      rename: () => open('rename'),
      theme: theme.next,
      keys: () => open('keys'),
    }),
    [hub, name, hasSide, open, go, toggleHere],
  )
  const actions = useActions(runs)
  const found = useMemo(() => actions.filter(({ id }) => !unlisted.has(id)).map((action) => ({ ...action, run: staying.has(action.id) ? afterwards(close, action.run) : action.run })), [actions, close])
  const leave = (left: string) => {
    const next = left === name ? beside(hub, name, hub.visited.rooms.get()[0] === name ? 1 : -1) : name
    hub.visited.remove(left)
    if (left === name) go(next === name ? 'lobby' : next)
  }
  const leaveHub = () => {
    navigate('/', { replace: true })
    hub.leave()
  }
  const write = (text: string) => {
    writing.current = true
    close()
    if (input.current !== null) insert(input.current, text)
    else hub.drafts.set(name, `${hub.drafts.get(name)}${text}`)
  }
  const focusAfter = () => {
    const to = writing.current ? input.current : null
    writing.current = false
    return to
  }

  const inColumn = hasHere && showHere
  const sidebar = (
    <Sidebar
      hub={hub}
      room={name}
      present={view.presence.users}
      bare={!hasSide}
      onFind={runs.find}
      onCreate={runs.create}
      onMe={runs.me}
      onRoom={go}
      onLeave={leave}
    />
  )
  const here = <Here view={view} me={identity.user?.id} />
  const hereTitle = `Here, ${view.presence.count.toLocaleString('en')}`
  const called = identity.user?.name ?? identity.name ?? ''
  return (
    <div
      className={`grid h-(--page-height) grid-cols-1 grid-rows-1 mid:grid-cols-[240px_minmax(0,1fr)] ${inColumn ? 'wide:grid-cols-[264px_minmax(0,1fr)_288px]' : 'wide:grid-cols-[264px_minmax(0,1fr)]'}`}
    >
      {hasSide && <nav aria-label="Rooms" className="flex min-h-0 border-r border-line bg-panel">{sidebar}</nav>}
      <RoomView
        key={name}
        hub={hub}
        room={room}
        input={input}
        head={
          <>
            <Header room={name} hasSide={hasSide} here={hasHere ? showHere : undefined} onHere={toggleHere} onOpen={open} />
            <LinkNotice hub={hub} onLeave={leaveHub} />
          </>
        }
        welcome={<FirstLine hub={hub} room={name} onConnect={runs.connect} />}
      />
      {inColumn && (
        <aside aria-label="Who is here" className="flex min-h-0 flex-col border-l border-line bg-panel pt-3.5">
          <h2 className="px-4.5 text-sm font-[650]">{hereTitle}</h2>
          {here}
        </aside>
      )}
      <Drawer open={sheet === 'rooms'} onClose={close} title="Hubbub" side="left">
        <nav aria-label="Rooms" className="flex min-h-0 flex-1">{sidebar}</nav>
      </Drawer>
      <Drawer open={sheet === 'here'} onClose={close} title={hereTitle} side="right">{here}</Drawer>
      <Over onClose={close}>
        <Find hub={hub} room={room} open={sheet === 'find'} onClose={close} actions={found} onRoom={go} onWrite={write} focusAfter={focusAfter} />
        <Connect hub={hub} room={name} open={sheet === 'connect'} onClose={close} />
        <OpenRoomDialog open={sheet === 'create'} onClose={close} create={about?.create} onOpen={go} />
        <MeCard open={sheet === 'me'} onClose={close} name={called} onRename={runs.rename} onKeys={runs.keys} onLeave={() => open('leave')} />
        <RenameDialog open={sheet === 'rename'} onClose={close} name={called} onRename={(next) => hub.enter(next)} />
        <LeaveDialog open={sheet === 'leave'} onClose={close} unsent={hub.outbox.all.get().filter(isWaiting).length} onLeave={leaveHub} />
        <KeysSheet open={sheet === 'keys'} onClose={close} />
      </Over>
    </div>
  )
}

/** Keys for what cannot be meant where one looks for something else to do. */
const unlisted: ReadonlySet<PageKeyId> = new Set(['find', 'write', 'rooms', 'above', 'below'])

/** What opens nothing over the room, so that the list that it was found in has to be closed. */
const staying: ReadonlySet<PageKeyId> = new Set(['here', 'theme', 'unread'])

const afterwards = (close: () => void, run: () => void) => () => {
  close()
  run()
}

/** The room that stands so many lines below in the list; the same one at its ends. */
function beside(hub: Hub, name: string, step: number): string {
  const rooms = hub.visited.rooms.get()
  return rooms[rooms.indexOf(name) + step] ?? name
}

/** The next room below, and round again from the top, with something unread. */
function nextUnread(hub: Hub, name: string): string {
  const rooms = hub.visited.rooms.get()
  const at = rooms.indexOf(name)
  const unread = hub.unread.all.get()
  return [...rooms.slice(at + 1), ...rooms.slice(0, Math.max(0, at))].find((room) => (unread.get(room)?.unread ?? 0) > 0) ?? name
}

/** The room's name in the browser's tab, with how much is unread elsewhere. */
function useTitle(hub: Hub, name: string): void {
  const unread = useStore(hub.unread.all)
  const visited = useStore(hub.visited.rooms)
  const waiting = visited.reduce((sum, room) => sum + (unread.get(room)?.unread ?? 0), 0)
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}#${name} · Hubbub`
  }, [name, waiting])
}

/** When the page has nothing better to do; Safari cannot say when that is. */
function later(act: () => void): () => void {
  if ('requestIdleCallback' in window) {
    const id = requestIdleCallback(act, { timeout: 3_000 })
    return () => cancelIdleCallback(id)
  }
  const timer = setTimeout(act, 1_000)
  return () => clearTimeout(timer)
}
