import { lazy, useCallback, useMemo, useState, type ReactNode, type RefObject } from 'react'
import type { Hub } from '../../hub/hub'
import type { User } from '../../hub/frames'
import type { Shown } from '../../hub/overlay'
import type { Room } from '../../hub/room'
import { Once } from '../../ui/once'
import { useStore } from '../../ui/use-store'
import { useActs } from './acts'
import { Composer } from './composer'
import { EmptyRoom, HeldNotice, Opening, Refused, RefusedDeeds } from './notices'
import { Timeline } from './timeline'
import { TypingLine } from './typing-line'
import { useEditing } from './use-editing'
import { useGoing } from './use-going'
import { useReplying } from './use-replying'

const DeleteDialog = lazy(async () => ({ default: (await import('./delete-dialog')).DeleteDialog }))

interface Props {
  readonly hub: Hub
  readonly room: Room
  readonly input: RefObject<HTMLTextAreaElement | null>
  /** What stands above the messages. */
  readonly head: ReactNode
  /** The next step in a room where nothing has been said. */
  readonly welcome: ReactNode
}

/** The room: its messages, and where to write. */
export function RoomView({ hub, room, input, head, welcome }: Props) {
  const view = useStore(room.view)
  const { name, user } = useStore(hub.session.identity)
  const about = useStore(hub.server.about)
  const me = useMemo<User>(() => user ?? { id: '', name: name ?? '', kind: 'guest' }, [user, name])
  const [sent, setSent] = useState(0)
  const [deleting, setDeleting] = useState<Shown>()
  const editing = useEditing(room, hub.drafts, me.id, input)
  const replying = useReplying(room, hub.drafts, input)
  const leave = useCallback(() => input.current?.focus(), [input])
  const going = useGoing(room.name)
  const acts = useActs(room, me.id, hub.recent, { reply: replying.begin, go: going.go, edit: editing.begin, remove: setDeleting, leave })
  const send = (text: string) => {
    room.send(text, replying.to?.target)
    if (replying.to !== undefined) replying.end()
    setSent((count) => count + 1)
  }
  const save = (text: string) => {
    if (!editing.save(text)) setDeleting(view.messages.find((message) => message.id === editing.draft?.target))
  }
  const write = (text: string) => {
    hub.drafts.set(room.name, text)
    if (text !== '') room.writing()
  }
  return (
    <main className="flex min-h-0 min-w-0 flex-col bg-bg">
      {head}
      <Timeline
        room={room}
        view={view}
        me={me}
        sent={sent}
        acts={acts}
        going={going}
        editing={editing.draft?.target}
        empty={
          view.refused ? (
            <Refused message={view.refused.message} onRetry={() => room.rejoin()} />
          ) : view.known ? (
            <EmptyRoom ephemeral={view.ephemeral}>{welcome}</EmptyRoom>
          ) : (
            <Opening />
          )
        }
      />
      <HeldNotice held={view.held} />
      <RefusedDeeds deeds={view.refusedDeeds} onRetry={(ref) => room.retry(ref)} onDiscard={(ref) => room.discard(ref)} />
      <TypingLine users={view.typing} />
      <Composer
        key={editing.draft?.target ?? ''}
        room={room}
        me={me.id}
        max={about?.limits.text}
        editing={editing.draft !== undefined}
        replying={replying.to}
        draft={editing.draft?.text ?? hub.drafts.get(room.name)}
        input={input}
        onChange={editing.draft === undefined ? write : editing.write}
        onSend={editing.draft === undefined ? send : save}
        onCancel={editing.draft === undefined ? replying.end : editing.end}
        onUp={editing.beginLast}
      />
      <Once wanted={deleting !== undefined}>
        <DeleteDialog
          message={deleting}
          onClose={() => setDeleting(undefined)}
          onDelete={(message) => {
            room.act({ type: 'delete', target: message.id })
            if (message.id === editing.draft?.target) editing.end()
          }}
        />
      </Once>
    </main>
  )
}
