import { Keyboard, LogOut, Monitor, Moon, Pencil, Sun, type LucideIcon } from 'lucide-react'
import { CornerDialog } from '../../ui/dialog'
import { Key } from '../../ui/small'
import { theme, themes, type Theme } from '../../ui/theme'
import { useStore } from '../../ui/use-store'

const looks: Record<Theme, readonly [word: string, glyph: LucideIcon]> = {
  system: ['System', Monitor],
  light: ['Light', Sun],
  dark: ['Dark', Moon],
}

interface Props {
  readonly open: boolean
  readonly onClose: () => void
  readonly name: string
  readonly onRename: () => void
  readonly onKeys: () => void
  readonly onLeave: () => void
}

/** What can be changed about oneself. */
export function MeCard({ open, onClose, name, onRename, onKeys, onLeave }: Props) {
  const chosen = useStore(theme)
  return (
    <CornerDialog open={open} onClose={onClose} title={name}>
      <fieldset className="px-2 pb-2">
        <legend className="pb-1 text-xs/[18px] font-semibold text-ink-3">Theme</legend>
        <div className="grid grid-cols-3 gap-1">
          {themes.map((value) => {
            const [word, Glyph] = looks[value]
            return (
              <label
                key={value}
                className="grid min-h-14 cursor-pointer place-items-center content-center gap-0.5 rounded-lg border border-line text-[13px]/[18px] text-ink-2 hover:bg-bg has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent-text has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
              >
                <input type="radio" name="theme" value={value} checked={chosen === value} onChange={() => theme.set(value)} className="sr-only" />
                <Glyph size={17} aria-hidden />
                {word}
              </label>
            )
          })}
        </div>
      </fieldset>
      <div className="grid border-t border-line pt-1">
        <Item glyph={Pencil} onPick={onRename} show="N">Change your name</Item>
        <Item glyph={Keyboard} onPick={onKeys} show="?">Keys</Item>
        <Item glyph={LogOut} onPick={onLeave}>Leave this hub…</Item>
      </div>
    </CornerDialog>
  )
}

interface ItemProps {
  readonly glyph: LucideIcon
  readonly onPick: () => void
  readonly show?: string
  readonly children: string
}

function Item({ glyph: Glyph, onPick, show, children }: ItemProps) {
  return (
    <button type="button" onClick={onPick} className="flex min-h-11 items-center gap-2.5 rounded-[7px] px-2 text-left text-ink-2 -outline-offset-2 hover:bg-bg hover:text-ink mid:min-h-9">
      <Glyph size={16} aria-hidden />
      <span className="flex-1">{children}</span>
      {show !== undefined && <span className="max-mid:hidden"><Key>{show}</Key></span>}
    </button>
  )
}
