import { useEffect, useMemo, useRef, type ReactNode, type RefObject } from 'react'
import { navigate } from 'wouter/use-browser-location'
import type { Action } from '../features/find/found'
import type { PageKeyId } from '../features/keys/list'
import type { Hub } from '../hub/hub'
import { isWaiting } from '../hub/outbox'
import type { Room } from '../hub/room'
import { insert } from '../ui/insert'
import { Mark } from '../ui/mark'
import { Once } from '../ui/once'
import { useStore } from '../ui/use-store'
import { Connect, Drawer, Fence, fetchSheets, Find, KeysSheet, LeaveDialog, MeCard, OpenRoomDialog, RenameDialog } from './sheets'
import type { Actions } from './use-actions'
import type { SheetState } from './use-sheet'

interface Props {
  readonly hub: Hub
  readonly room: Room
  readonly state: SheetState
  readonly actions: Actions
  readonly input: RefObject<HTMLTextAreaElement | null>
  /** What the drawers of narrow pages hold. */
  readonly sidebar: ReactNode
  readonly here: ReactNode
  readonly hereTitle: string
  /** Whether who is here has a column, which is shown or not without anything lying over the room. */
  readonly hasHere: boolean
}

/** All that may lie over the room, one at a time. */
export function RoomSheets({ hub, room, state, actions, input, sidebar, here, hereTitle, hasHere }: Props) {
  const { sheet, open, close, go } = state
  const identity = useStore(hub.session.identity)
  const about = useStore(hub.server.about)
  const called = identity.user?.name ?? identity.name ?? ''
  const found = useMemo(() => listed(actions, hasHere, close), [actions, hasHere, close])
  const { write, focusAfter } = useWriting(hub, room.name, close, input)
  const { known } = useStore(room.view)
  useEffect(() => (known ? later(fetchSheets) : undefined), [known])
  return (
    <Fence onClose={close}>
      <Once wanted={sheet === 'rooms'}>
        <Drawer open={sheet === 'rooms'} onClose={close} title="Hubbub" mark={<Mark />} side="left">
          <nav aria-label="Rooms" className="flex min-h-0 flex-1">{sidebar}</nav>
        </Drawer>
      </Once>
      <Once wanted={sheet === 'here'}>
        <Drawer open={sheet === 'here'} onClose={close} title={hereTitle} side="right">{here}</Drawer>
      </Once>
      <Once wanted={sheet === 'find'}>
        <Find hub={hub} room={room} open={sheet === 'find'} onClose={close} actions={found} onRoom={go} onWrite={write} focusAfter={focusAfter} />
      </Once>
      <Once wanted={sheet === 'connect'}>
        <Connect hub={hub} room={room.name} open={sheet === 'connect'} onClose={close} />
      </Once>
      <Once wanted={sheet === 'create'}>
        <OpenRoomDialog open={sheet === 'create'} onClose={close} create={about?.create} onOpen={go} />
      </Once>
      <Once wanted={sheet === 'me'}>
        <MeCard open={sheet === 'me'} onClose={close} name={called} onRename={() => open('rename')} onKeys={() => open('keys')} onLeave={() => open('leave')} />
      </Once>
      <Once wanted={sheet === 'rename'}>
        <RenameDialog open={sheet === 'rename'} onClose={close} name={called} onRename={(next) => hub.enter(next)} />
      </Once>
      <Once wanted={sheet === 'leave'}>
        <LeaveDialog open={sheet === 'leave'} onClose={close} unsent={hub.outbox.all.get().filter(isWaiting).length} onLeave={() => leaveHub(hub)} />
      </Once>
      <Once wanted={sheet === 'keys'}>
        <KeysSheet open={sheet === 'keys'} onClose={close} />
      </Once>
    </Fence>
  )
}

/** Leaves for good; whoever enters next finds nothing lying over the room. */
export function leaveHub(hub: Hub): void {
  navigate('/', { replace: true })
  hub.leave()
}

/** Keys for what cannot be meant where one looks for something else to do. */
const unlisted: ReadonlySet<PageKeyId> = new Set(['find', 'write', 'rooms', 'above', 'below'])

/** What can be found; what opens nothing over the room closes the list that it was found in. */
function listed(actions: Actions, hasHere: boolean, close: () => void): Action[] {
  const closing = (id: PageKeyId) => id === 'theme' || (id === 'here' && hasHere)
  const closed = (run: () => void) => () => {
    close()
    run()
  }
  return actions.filter(({ id }) => !unlisted.has(id)).map((action) => (closing(action.id) ? { ...action, run: closed(action.run) } : action))
}

/** Puts something where one writes, and leaves one there when what lay over it is gone. */
function useWriting(hub: Hub, name: string, close: () => void, input: RefObject<HTMLTextAreaElement | null>) {
  const writing = useRef(false)
  return {
    write: (text: string) => {
      writing.current = true
      close()
      if (input.current !== null) insert(input.current, text)
      else hub.drafts.set(name, `${hub.drafts.get(name)}${text}`)
    },
    focusAfter: () => {
      const to = writing.current ? input.current : null
      writing.current = false
      return to
    },
  }
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
