import { Link, Redirect, Route, Switch } from 'wouter'
import { Entry } from '../features/entry/entry'
import type { Hub } from '../hub/hub'
import { isRoomName } from '../hub/names'
import { useStore } from '../ui/use-store'
import { RoomPage } from './room-page'

/** A name first, then the room that the address names. */
export function App({ hub }: { readonly hub: Hub }) {
  const { name } = useStore(hub.session.identity)
  if (name === undefined) return <Entry onEnter={(chosen) => hub.enter(chosen)} />
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
  return (
    <main className="grid h-full place-content-center gap-2 p-5 text-center">
      <h1 className="text-base font-[650]">There is no room at this address</h1>
      <p><Link href="/rooms/lobby" className="text-accent-text underline underline-offset-2">Go to the lobby</Link></p>
    </main>
  )
}
