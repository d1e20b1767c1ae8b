import { Monitor, Moon, Pencil, Sun } from 'lucide-react'
import type { Hub } from '../../hub/hub'
import type { LinkView } from '../../hub/link'
import { Avatar } from '../../ui/avatar'
import { IconButton } from '../../ui/button'
import { theme, type Theme } from '../../ui/theme'
import { useStore } from '../../ui/use-store'

const glyphs = { system: Monitor, light: Sun, dark: Moon }
const words: Record<Theme, string> = {
  system: 'Theme: as the system. Switch to light',
  light: 'Theme: light. Switch to dark',
  dark: 'Theme: dark. Switch to the system’s',
}

/** Oneself: the name, whether the hub is reached, and what can be changed about either. */
export function Me({ hub, onRename }: { readonly hub: Hub; readonly onRename: () => void }) {
  const { name = '', user } = useStore(hub.session.identity)
  const link = useStore(hub.link.view)
  const chosen = useStore(theme)
  const Glyph = glyphs[chosen]
  return (
    <div className="flex items-center gap-2.5 border-t border-line px-2 pt-2">
      <Avatar id={user?.id ?? ''} name={user?.name ?? name} kind={user?.kind ?? 'guest'} size="s" />
      <div className="min-w-0 flex-1">
        <b className="block truncate leading-5 font-semibold">{user?.name ?? name}</b>
        <span className="block text-[13px]/4 text-ink-3">{stateWord(link, user !== undefined)}</span>
      </div>
      <div className="flex">
        <IconButton label={words[chosen]} onClick={theme.next}><Glyph size={17} aria-hidden /></IconButton>
        <IconButton label="Change your name" onClick={onRename}><Pencil size={16} aria-hidden /></IconButton>
      </div>
    </div>
  )
}

/** A short break is not worth a word. */
function stateWord(link: LinkView, known: boolean): string {
  if (link.state === 'stopped') return 'Not connected'
  if (link.late) return 'Reconnecting…'
  return link.state === 'online' || known ? 'Online' : 'Connecting…'
}
