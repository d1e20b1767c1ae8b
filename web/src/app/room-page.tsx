import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { FirstLine } from '../features/connect/first-line'
import { LinkNotice } from '../features/connection/link-notice'
import { Here } from '../features/here/here'
import { RoomView } from '../features/room/room-view'
import { Sidebar } from '../features/sidebar/sidebar'
import type { Hub } from '../hub/hub'
import { theme } from '../ui/theme'
import { useMedia } from '../ui/use-media'
import { useStore } from '../ui/use-store'
import { Header } from './header'
import { afterLeaving, beside, nextUnread } from './neighbours'
import { leaveHub, RoomSheets } from './room-sheets'
import { useActions } from './use-actions'
import { useSheet } from './use-sheet'
import { useTitle } from './use-title'

/** One room with what stands around it: columns where there is room for them, drawers where there is not. */
export function RoomPage({ hub, name }: { readonly hub: Hub; readonly name: string }) {
  const room = useMemo(() => hub.room(name), [hub, name])
  useEffect(() => room.enter(), [room])
  const view = useStore(room.view)
  const identity = useStore(hub.session.identity)
  const input = useRef<HTMLTextAreaElement>(null)
  const hasSide = useMedia('(min-width: 721px)')
  const hasHere = useMedia('(min-width: 1081px)')
  const [showHere, setShowHere] = useState(true)
  const state = useSheet()
  const { open, go } = state
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
  const leave = (left: string) => {
    const next = afterLeaving(hub, left, name)
    hub.visited.remove(left)
    if (next !== name) go(next)
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
            <LinkNotice hub={hub} onLeave={() => leaveHub(hub)} />
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
      <RoomSheets hub={hub} room={room} state={state} actions={actions} input={input} sidebar={sidebar} here={here} hereTitle={hereTitle} hasHere={hasHere} />
    </div>
  )
}
