import { ChevronsUpDown } from 'lucide-react'
import type { Hub } from '../../hub/hub'
import type { LinkView } from '../../hub/link'
import { Avatar } from '../../ui/avatar'
import { useStore } from '../../ui/use-store'

/** Oneself: the name, whether the hub is reached, and the way to what can be changed. */
export function Me({ hub, onOpen }: { readonly hub: Hub; readonly onOpen: () => void }) {
  const { name = '', user } = useStore(hub.session.identity)
  const link = useStore(hub.link.view)
  const called = user?.name ?? name
  return (
    <div className="border-t border-line pt-2">
      <button
        type="button"
        aria-haspopup="dialog"
        onClick={onOpen}
        className="flex min-h-11 w-full items-center gap-2.5 rounded-lg px-2 py-1 text-left -outline-offset-2 hover:bg-line"
      >
        <Avatar id={user?.id ?? ''} name={called} kind={user?.kind ?? 'guest'} size="s" />
        <span className="min-w-0 flex-1">
          <b className="block truncate leading-5 font-semibold">{called}</b>
          <span className="block text-[13px]/4 text-ink-3">{stateWord(link, user !== undefined)}</span>
        </span>
        <ChevronsUpDown size={15} aria-hidden className="flex-none text-ink-3" />
        <span className="sr-only">, you: name, theme, leave this hub</span>
      </button>
    </div>
  )
}

/** A short break is not worth a word. */
function stateWord(link: LinkView, known: boolean): string {
  if (link.state === 'stopped') return 'Not connected'
  if (link.late) return link.offline ? 'Offline' : 'Reconnecting…'
  return link.state === 'online' || known ? 'Online' : 'Connecting…'
}
