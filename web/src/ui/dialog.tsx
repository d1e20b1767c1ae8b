import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { Fragment, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { IconButton } from './button'

interface Props {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  /** What stands before the title. */
  readonly mark?: ReactNode
  readonly children: ReactNode
  /** Where the focus goes when it closes; where it came from, when this returns nothing. */
  readonly focusAfter?: (() => HTMLElement | null) | undefined
}

interface Look {
  readonly popup: string
  readonly head: string
  readonly title: string
  readonly veil?: string
}

/** What a dialog is for, before the button that closes it: a field, the chosen one of tabs or rooms. */
const FIRST = 'input:not([type=radio]), [role=tab][aria-selected=true], [aria-current=page]'

/** What covers the page: focus stays inside, Escape closes, focus goes back where it was, unless it is elsewhere by then. */
function Over({ open, onClose, title, mark, children, focusAfter, look }: Props & { readonly look: Look }) {
  const popup = useRef<HTMLDivElement>(null)
  const before = useRef<Element>(null)
  const opening = useOpenings(open)
  const focusFirst = () => {
    const from = document.activeElement
    // Opened again while it still closes, it had the focus itself, and that came from where it was first opened.
    if (from !== document.body && !popup.current?.contains(from)) before.current = from
    return popup.current?.querySelector<HTMLElement>(FIRST) ?? true
  }
  const focusBefore = () => {
    const to = focusAfter?.() ?? before.current
    before.current = null
    // It has closed for a while by now: who has gone on meanwhile, to write say, stays there.
    if (!(to instanceof HTMLElement) || !to.isConnected) return isFree() || popup.current?.contains(document.activeElement) === true
    // The library would go to the first thing in it that Tab comes by, where Tab does not come by itself: a message of the list, say.
    requestAnimationFrame(() => isFree() && to.focus({ preventScroll: true }))
    return false
  }
  return (
    <Dialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Dialog.Portal onKeyDown={stay}>
        <Dialog.Backdrop className={`veil fixed inset-0 z-20 ${look.veil ?? 'bg-veil'}`} />
        <Dialog.Popup
          ref={popup}
          className={`fixed z-30 border-line ${look.popup}`}
          initialFocus={focusFirst}
          finalFocus={focusBefore}
        >
          <Fragment key={opening}>
            <div className={`flex items-center justify-between gap-3 ${look.head}`}>
              <div className="flex min-w-0 items-center gap-2.5">
                {mark}
                <Dialog.Title className={`font-[650] ${look.title}`}>{title}</Dialog.Title>
              </div>
              <Dialog.Close render={<IconButton label="Close"><X size={18} aria-hidden /></IconButton>} />
            </div>
            {children}
          </Fragment>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** Whether nothing has the focus, as when what had it is gone. */
const isFree = (): boolean => document.activeElement === document.body

/** The library's guards at both ends hand the focus on in the next frame: a Tab that comes before would take it out. */
function stay(e: KeyboardEvent<HTMLElement>): void {
  if (e.key === 'Tab' && e.target instanceof Element && e.target.hasAttribute('data-base-ui-focus-guard')) e.preventDefault()
}

/** How often it was opened: who comes back while it is still closing finds it new, without what was typed, and the focus in it. */
function useOpenings(open: boolean): number {
  const [times, setTimes] = useState(0)
  const [was, setWas] = useState(false)
  if (open !== was) {
    setWas(open)
    if (open) setTimes(times + 1)
  }
  return times
}

const card = (wide: boolean): Look => ({
  popup: `rises inset-x-0 top-[min(12dvh,96px)] mx-auto max-h-[80dvh] overflow-y-auto rounded-[10px] border bg-card p-4 shadow-float ${wide ? 'w-[min(660px,calc(100vw-24px))]' : 'w-[min(440px,calc(100vw-24px))]'}`,
  head: 'mb-3',
  title: 'min-w-0 truncate text-base',
})

/** A card over the page. */
export function CardDialog({ wide = false, ...props }: Props & { readonly wide?: boolean }) {
  return <Over {...props} look={card(wide)} />
}

const corner: Look = {
  popup: 'rises bottom-3 left-3 w-[min(268px,calc(100vw-24px))] rounded-[10px] border bg-card p-2 shadow-float',
  head: 'pb-1 pl-2',
  title: 'min-w-0 truncate text-[15px]',
  veil: 'bg-transparent',
}

/** A small card in the corner where one stands oneself. */
export function CornerDialog(props: Props) {
  return <Over {...props} look={corner} />
}

/** A column that slides in from a side of a narrow page. */
export function Drawer({ side, ...props }: Props & { readonly side: 'left' | 'right' }) {
  const place = side === 'left' ? 'slides-left left-0 border-r' : 'slides-right right-0 border-l'
  const popup = `inset-y-0 flex w-[min(300px,calc(100vw-56px))] flex-col bg-panel ${place}`
  return <Over {...props} look={{ popup, head: 'py-1.5 pr-1.5 pl-5', title: 'text-[15px]' }} />
}
