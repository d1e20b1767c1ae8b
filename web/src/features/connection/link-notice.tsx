import { CloudOff, Gauge } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Hub } from '../../hub/hub'
import type { LinkView } from '../../hub/link'
import { Button } from '../../ui/button'
import { useNow } from '../../ui/use-now'
import { useStore } from '../../ui/use-store'

/** Says when the connection has been away for a while, or will not come back by itself. */
export function LinkNotice({ hub, onLeave }: { readonly hub: Hub; readonly onLeave: () => void }) {
  const link = useStore(hub.link.view)
  if (link.state === 'stopped') {
    return (
      <Strip look="bad" words={<><b className="text-bad">{link.reason}</b> What you write is kept.</>}>
        {link.ended && <Button onClick={onLeave}>Enter anew</Button>}
        <Button onClick={() => hub.retry()}>Try again</Button>
      </Strip>
    )
  }
  if (link.late) {
    return (
      <Strip look="away" words={<><b>{away(link)}</b> What you write is kept.</>}>
        {!link.offline && <NextTry at={link.retryAt} />}
        <Button onClick={() => hub.wake()}>Try now</Button>
      </Strip>
    )
  }
  if (link.slow) return <Strip look="slow" words={<>This page took in less than came, and was hung up on. It goes on where it was.</>} />
  return <Strip />
}

const away = ({ offline, restarting }: LinkView): string =>
  offline ? 'You are offline.' : restarting ? 'The hub is restarting.' : 'No connection to the hub.'

/** Not read out: it changes each second. */
function NextTry({ at }: { readonly at: number | undefined }) {
  const now = useNow(500, at !== undefined)
  const seconds = at === undefined ? 0 : Math.ceil((at - now) / 1000)
  return (
    <span aria-hidden className="text-ink-3 tabular-nums max-mid:hidden">
      {seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting…'}
    </span>
  )
}

interface StripProps {
  readonly look?: 'bad' | 'away' | 'slow'
  readonly words?: ReactNode
  readonly children?: ReactNode
}

/** The words are in a live region that is always there; what changes by the second is not. */
function Strip({ look, words, children }: StripProps) {
  const Glyph = look === 'slow' ? Gauge : CloudOff
  return (
    <div className={look === undefined ? '' : `flex items-center gap-3 border-b border-line px-3 py-2 text-sm mid:px-5 ${look === 'bad' ? 'bg-bad-soft' : 'bg-panel'}`}>
      {look !== undefined && <Glyph size={18} aria-hidden className={`flex-none ${look === 'bad' ? 'text-bad' : 'text-ink-3'}`} />}
      <output className="min-w-0 flex-1">{words}</output>
      {children}
    </div>
  )
}
