import { useState } from 'react'
import { displayNameProblem, roomNameProblem } from '../../hub/names'
import { Button } from '../../ui/button'
import { CardDialog } from '../../ui/dialog'
import { Field } from '../../ui/field'

interface Props {
  readonly open: boolean
  readonly onClose: () => void
}

/** Asks for the name of a room to open; a room that does not exist yet is made. */
export function OpenRoomDialog({ open, onClose, onOpen }: Props & { readonly onOpen: (room: string) => void }) {
  return (
    <CardDialog open={open} onClose={onClose} title="Open or create a room">
      <NameForm
        label="Name of the room"
        hint="Small letters, digits, dots, underscores, hyphens. A room that is not there yet is made."
        action="Open"
        initial=""
        tidy={(name) => name.trim().replace(/^#\s*/, '').toLowerCase()}
        problemOf={roomNameProblem}
        onDone={(room) => {
          onClose()
          onOpen(room)
        }}
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
