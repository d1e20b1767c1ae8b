import { useState } from 'react'
import { displayNameProblem, roomNameProblem } from '../../hub/names'
import { Button } from '../../ui/button'
import { CardDialog } from '../../ui/dialog'
import { Field } from '../../ui/field'

interface Props {
  readonly open: boolean
  readonly onClose: () => void
}

interface OpenRoomProps extends Props {
  /** Who may make rooms; undefined before the hub has told. */
  readonly create: 'anyone' | 'members' | 'admins' | undefined
  readonly onOpen: (room: string) => void
}

const CHARACTERS = 'Small letters, digits, dots, underscores, hyphens.'

/** Asks for the name of a room to open; a room that does not exist yet is made. */
export function OpenRoomDialog({ open, onClose, create = 'anyone', onOpen }: OpenRoomProps) {
  const made = create === 'anyone' ? 'A room that is not there yet is made.' : `On this hub ${create} make rooms: you can open those that are there.`
  return (
    <CardDialog open={open} onClose={onClose} title={create === 'anyone' ? 'Open or create a room' : 'Open a room'}>
      <NameForm
        label="Name of the room"
        hint={`${CHARACTERS} ${made}`}
        action="Open"
        initial=""
        tidy={(name) => name.trim().replace(/^#\s*/, '').toLowerCase()}
        problemOf={roomNameProblem}
        onDone={onOpen}
      />
    </CardDialog>
  )
}

/** Asks for another name to be called by. */
export function RenameDialog({ open, onClose, name, onRename }: Props & { readonly name: string; readonly onRename: (name: string) => void }) {
  return (
    <CardDialog open={open} onClose={onClose} title="Change your name">
      <NameForm
        label="What should people call you?"
        hint="What you have written already keeps the name it was written under."
        action="Change"
        initial={name}
        tidy={(text) => text.trim()}
        problemOf={displayNameProblem}
        onDone={(next) => {
          onClose()
          if (next !== name) onRename(next)
        }}
      />
    </CardDialog>
  )
}

interface LeaveProps extends Props {
  /** How many messages would never be sent. */
  readonly unsent: number
  readonly onLeave: () => void
}

/** Leaving as a guest cannot be undone: it is asked. */
export function LeaveDialog({ open, onClose, unsent, onLeave }: LeaveProps) {
  return (
    <CardDialog open={open} onClose={onClose} title="Leave this hub?">
      <p className="text-ink-2">
        This browser forgets who you are, your list of rooms and your drafts, and you cannot come back as the same guest. What you have written stays in its rooms.
      </p>
      {unsent > 0 && <p className="mt-2 text-bad">{unsent === 1 ? 'One message is not sent yet, and will not be.' : `${unsent} messages are not sent yet, and will not be.`}</p>}
      <div className="mt-4 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Stay</Button>
        <Button look="bad" onClick={onLeave}>Leave</Button>
      </div>
    </CardDialog>
  )
}

interface FormProps {
  readonly label: string
  readonly hint: string
  readonly action: string
  readonly initial: string
  readonly tidy: (text: string) => string
  readonly problemOf: (name: string) => string | undefined
  readonly onDone: (name: string) => void
}

function NameForm({ label, hint, action, initial, tidy, problemOf, onDone }: FormProps) {
  const [text, setText] = useState(initial)
  const [tried, setTried] = useState(false)
  const name = tidy(text)
  const problem = problemOf(name)
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(e) => {
        e.preventDefault()
        if (problem === undefined) onDone(name)
        else setTried(true)
      }}
    >
      <Field
        label={label}
        hint={hint}
        problem={tried || (text !== initial && text !== '') ? problem : undefined}
        autoCapitalize="none"
        spellCheck={false}
        value={text}
        onChange={setText}
      />
      <Button type="submit" look="primary" className="justify-self-end">{action}</Button>
    </form>
  )
}
