import { CardDialog } from '../../ui/dialog'
import { Key } from '../../ui/small'

const keys: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['Enter'], 'Send the message'],
  [['Shift', 'Enter'], 'New line'],
  [['↑'], 'Edit your last message, where nothing is written'],
  [['↑', '↓'], 'From message to message, in the list of messages'],
  [['R'], 'Answer the message in focus'],
  [['+'], 'React to the message in focus'],
  [['E'], 'Edit the message in focus'],
  [['Del'], 'Delete the message in focus'],
  [['Ctrl', 'K'], 'Open or create a room'],
  [['Alt', '↑'], 'Room above'],
  [['Alt', '↓'], 'Room below'],
  [['Del'], 'Remove the room in focus from the list'],
  [['M'], 'Write a message'],
  [['H'], 'Show or hide who is here'],
  [['T'], 'Light, dark or the system’s theme'],
  [['N'], 'Change your name'],
  [['J'], 'Jump to present'],
  [['?'], 'This sheet'],
  [['Esc'], 'Close what is open; leave an edit as it was'],
]

/** Every key that does something, and what. */
export function KeysSheet({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <CardDialog open={open} onClose={onClose} title="Keys">
      <dl className="grid gap-1.5">
        {keys.map(([combination, does]) => (
          <div key={does} className="flex items-center justify-between gap-4">
            <dt>{does}</dt>
            <dd className="flex gap-1">{combination.map((key) => <Key key={key}>{key}</Key>)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-3 text-[13px]/[18px] text-ink-3">Single letters work while no text is being written. On a Mac, Ctrl may be ⌘.</p>
    </CardDialog>
  )
}
