import { useEffect } from 'react'
import { Link, Redirect, Route, Switch, useLocation } from 'wouter'
import { Entry } from '../features/entry/entry'
import type { Hub } from '../hub/hub'
import { isRoomName, roomNameProblem } from '../hub/names'
import { useStore } from '../ui/use-store'
import { RoomPage } from './room-page'

/** A name first, then the room that the address names. */
export function App({ hub }: { readonly hub: Hub }) {
  const { name } = useStore(hub.session.identity)
  const about = useStore(hub.server.about)
  if (name === undefined) {
    return <Entry closed={about?.guests === false} onAgain={() => void hub.server.refresh()} onEnter={(chosen) => hub.enter(chosen)} />
  }
  return (
    <Switch>
      <Route path="/"><Redirect to="/rooms/lobby" replace /></Route>
      <Route path="/rooms/:room">
        {({ room }) => (isRoomName(room) ? <RoomPage hub={hub} name={room} /> : <Nowhere />)}
      </Route>
      <Route><Nowhere /></Route>
    </Switch>
  )
}

function Nowhere() {
  const [path] = useLocation()
  const name = /^\/rooms\/([^/]+)$/.exec(path)?.[1]
  const problem = name === undefined ? undefined : roomNameProblem(readable(name))
  useEffect(() => {
    document.title = 'Nothing here · Hubbub'
  }, [])
  return (
    <main className="grid h-(--page-height) place-content-center justify-items-center gap-3 p-5 text-center">
      <h1 className="text-base font-[650]">{problem === undefined ? 'There is nothing at this address' : 'No room can have this name'}</h1>
      {problem !== undefined && <p className="text-ink-2">{problem}</p>}
      <Link href="/rooms/lobby" className="inline-flex min-h-11 items-center rounded-[7px] border border-line-2 bg-card px-3 text-[13.5px] font-[550] hover:bg-bg mid:min-h-8">Go to the lobby</Link>
    </main>
  )
}

function readable(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
