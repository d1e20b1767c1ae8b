import { CardDialog } from '../../ui/dialog'
import { Key } from '../../ui/small'
import { pageKeys, placedKeys } from './list'

/** Every key that does something, and what. */
export function KeysSheet({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <CardDialog open={open} onClose={onClose} title="Keys">
      <div className="grid gap-4">
        <Keys place="Anywhere" lines={pageKeys.map(({ show, does }) => [show, does])} />
        {placedKeys.map(({ place, lines }) => <Keys key={place} place={place} lines={lines} />)}
      </div>
      <p className="mt-3 text-[13px]/[18px] text-ink-3">Single letters work while no text is being written. On a Mac, Ctrl may be ⌘.</p>
    </CardDialog>
  )
}

interface Props {
  readonly place: string
  readonly lines: readonly (readonly [show: readonly string[], does: string])[]
}

function Keys({ place, lines }: Props) {
  return (
    <section>
      <h3 className="pb-1 text-xs/[18px] font-semibold text-ink-3">{place}</h3>
      <dl className="grid gap-1.5">
        {lines.map(([show, does]) => (
          <div key={does} className="flex items-center justify-between gap-4">
            <dt>{does}</dt>
            <dd className="flex gap-1">{show.map((key) => <Key key={key}>{key}</Key>)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
