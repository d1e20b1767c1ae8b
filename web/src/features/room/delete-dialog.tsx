import type { Shown } from '../../hub/overlay'
import { Button } from '../../ui/button'
import { CardDialog } from '../../ui/dialog'

interface Props {
  /** What is to be deleted, if anything is. */
  readonly message: Shown | undefined
  readonly onClose: () => void
  readonly onDelete: (message: Shown) => void
}

/** Asks before a message is taken away, since it does not come back. */
export function DeleteDialog({ message, onClose, onDelete }: Props) {
  return (
    <CardDialog open={message !== undefined} onClose={onClose} title="Delete this message?">
      <p className="line-clamp-4 border-l-2 border-line-2 pl-2 text-ink-2">{message?.text ?? 'It holds data, no text.'}</p>
      <p className="mt-3 text-ink-2">It is taken away for everyone, and does not come back.</p>
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button
          look="bad"
          onClick={() => {
            if (message !== undefined) onDelete(message)
            onClose()
          }}
        >
          Delete
        </Button>
      </div>
    </CardDialog>
  )
}
