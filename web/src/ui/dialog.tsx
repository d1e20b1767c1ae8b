import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from './button'

interface Props {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
}

/** What covers the page: focus stays inside, Escape closes, focus goes back where it was. */
function Over({ open, onClose, title, children, look }: Props & { readonly look: { popup: string; head: string; title: string } }) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="veil fixed inset-0 z-20 bg-veil" />
        <Dialog.Popup className={`fixed z-30 border-line ${look.popup}`}>
          <div className={`flex items-center justify-between gap-3 ${look.head}`}>
            <Dialog.Title className={`font-[650] ${look.title}`}>{title}</Dialog.Title>
            <Dialog.Close render={<IconButton label="Close"><X size={18} aria-hidden /></IconButton>} />
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

const card = {
  popup: 'rises inset-x-0 top-[12dvh] mx-auto max-h-[80dvh] w-[min(440px,calc(100vw-24px))] overflow-y-auto rounded-[10px] border bg-card p-4 shadow-float',
  head: 'mb-3',
  title: 'text-base',
}

/** A card over the page. */
export function CardDialog(props: Props) {
  return <Over {...props} look={card} />
}

/** A column that slides in from a side of a narrow page. */
export function Drawer({ side, ...props }: Props & { readonly side: 'left' | 'right' }) {
  const place = side === 'left' ? 'slides-left left-0 border-r' : 'slides-right right-0 border-l'
  const popup = `inset-y-0 flex w-[min(300px,calc(100vw-56px))] flex-col bg-panel ${place}`
  return <Over {...props} look={{ popup, head: 'py-1.5 pr-1.5 pl-5', title: 'text-[15px]' }} />
}
