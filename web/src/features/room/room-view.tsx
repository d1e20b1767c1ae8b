import { useMemo, useState, type ReactNode, type RefObject } from 'react'
import type { Hub } from '../../hub/hub'
import type { User } from '../../hub/frames'
import type { Room } from '../../hub/room'
import { useStore } from '../../ui/use-store'
import { Composer } from './composer'
import { EmptyRoom, HeldNotice, LinkNotice, Opening, Refused } from './notices'
import { Timeline } from './timeline'

interface Props {
  readonly hub: Hub
  readonly room: Room
  readonly input: RefObject<HTMLTextAreaElement | null>
  /** What stands before and after the room's name. */
  readonly before?: ReactNode
  readonly tools: ReactNode
}

/** The room: its name, its messages, and where to write. */
export function RoomView({ hub, room, input, before, tools }: Props) {
  const view = useStore(room.view)
  const link = useStore(hub.link.view)
  const { name, user } = useStore(hub.session.identity)
  const me = useMemo<User>(() => user ?? { id: '', name: name ?? '', kind: 'guest' }, [user, name])
  const [sent, setSent] = useState(0)
  const send = (text: string) => {
    room.send(text)
    setSent((count) => count + 1)
  }
  return (
    <main className="flex min-h-0 min-w-0 flex-col bg-bg">
      <header className="flex min-h-14 flex-none items-center gap-2 border-b border-line px-1.5 py-1.5 mid:gap-3 mid:px-5">
        {before}
        <h1 className="min-w-0 flex-1 truncate text-base font-[650]"># {room.name}</h1>
        <div className="flex gap-1">{tools}</div>
      </header>
      <LinkNotice link={link} onRetry={() => hub.retry()} />
      <Timeline
        room={room}
        view={view}
        me={me}
        sent={sent}
        empty={
          view.refused ? (
            <Refused message={view.refused.message} onRetry={() => room.rejoin()} />
          ) : view.known ? (
            <EmptyRoom room={room.name} />
          ) : (
            <Opening />
          )
        }
      />
      <HeldNotice held={view.held} />
      <Composer room={room.name} drafts={hub.drafts} input={input} onSend={send} />
    </main>
  )
}
