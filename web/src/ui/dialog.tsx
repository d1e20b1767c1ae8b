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

/** A card over the page: focus stays inside, Escape closes, focus goes back where it was. */
export function CardDialog({ open, onClose, title, children }: Props) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="veil fixed inset-0 z-20 bg-veil" />
        <Dialog.Popup className="rises fixed inset-x-0 top-[12dvh] z-30 mx-auto max-h-[80dvh] w-[min(440px,calc(100vw-24px))] overflow-y-auto rounded-[10px] border border-line bg-card p-4 shadow-float">
          <div className="mb-3 flex items-center justify-between gap-3">
            <Dialog.Title className="text-base font-[650]">{title}</Dialog.Title>
            <Dialog.Close render={<IconButton label="Close"><X size={18} aria-hidden /></IconButton>} />
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** A column that slides in from a side of a narrow page. */
export function Drawer({ open, onClose, title, side, children }: Props & { readonly side: 'left' | 'right' }) {
  const place = side === 'left' ? 'slides-left left-0 border-r' : 'slides-right right-0 border-l'
  return (
    <Dialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="veil fixed inset-0 z-20 bg-veil" />
        <Dialog.Popup className={`fixed inset-y-0 z-30 flex w-[min(300px,calc(100vw-56px))] flex-col border-line bg-panel ${place}`}>
          <div className="flex items-center justify-between gap-3 py-1.5 pr-1.5 pl-5">
            <Dialog.Title className="text-[15px] font-[650]">{title}</Dialog.Title>
            <Dialog.Close render={<IconButton label="Close"><X size={18} aria-hidden /></IconButton>} />
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
