import { X } from 'lucide-react'
import type { ReplyDraft } from '../../hub/drafts'
import type { Command } from '../../hub/frames'
import { Button, IconButton } from '../../ui/button'
import type { Size } from './measure'

interface Props {
  readonly id: string
  readonly editing: boolean
  readonly replying: ReplyDraft | undefined
  readonly size: Size
  /** The command whose words are being written. */
  readonly hint: Command | undefined
  readonly onCancel: () => void
  /** Sends what is too long in parts; undefined where that makes no sense. */
  readonly onSplit: (() => void) | undefined
}

/** What there is to know about what is being written, over the field. */
export function AboveField({ id, editing, replying, size, hint, onCancel, onSplit }: Props) {
  return (
    <>
      {editing && (
        <div className="flex items-center justify-between pl-2 text-[13.5px] text-accent-text">
          <span>Editing your message. Enter saves, Esc leaves it as it is.</span>
          <IconButton label="Leave it as it is" onClick={onCancel}><X size={16} aria-hidden /></IconButton>
        </div>
      )}
      {!editing && replying !== undefined && (
        <div className="flex items-center gap-2 pl-2 text-[13.5px]">
          <span className="min-w-0 flex-1 truncate border-l-2 border-line-2 pl-2 text-ink-2">
            Answering <b className="font-semibold text-ink">{replying.name}</b>: {replying.text}
          </span>
          <IconButton label="Answer nobody" onClick={onCancel}><X size={16} aria-hidden /></IconButton>
        </div>
      )}
      {hint !== undefined && (
        <p className="flex items-baseline gap-2 px-2 pb-1 text-[13px]/[18px] text-ink-3">
          <code className="flex-none text-ink-2">{hint.usage}</code>
          <span className="truncate">{hint.about}</span>
        </p>
      )}
      <div id={`${id}-size`} role={size.over > 0 ? 'alert' : undefined}>
        {size.over > 0 && (
          <div className="flex flex-wrap items-center gap-2 px-2 pb-1.5 text-[13.5px] text-bad">
            <span>Too long by {size.over.toLocaleString('en')} bytes for one message. Nothing of it is lost: shorten it{onSplit && ', or send it in parts'}.</span>
            {onSplit && <Button onClick={onSplit} className="text-ink">Send in parts</Button>}
          </div>
        )}
      </div>
      {size.left !== undefined && <p className="px-2 pb-1 text-right text-[13px]/[18px] text-ink-3 tabular-nums">{size.left.toLocaleString('en')} bytes left</p>}
    </>
  )
}
