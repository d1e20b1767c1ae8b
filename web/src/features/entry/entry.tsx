import { useState } from 'react'
import { displayNameProblem } from '../../hub/names'
import { Button } from '../../ui/button'
import { Field } from '../../ui/field'
import { Mark } from '../../ui/mark'

interface Props {
  /** Whether the hub lets nobody in by a name alone. */
  readonly closed: boolean
  /** Asks the hub again. */
  readonly onAgain: () => void
  readonly onEnter: (name: string) => void
}

/** The card before the first room: a name is all that is asked. */
export function Entry({ closed, onAgain, onEnter }: Props) {
  return (
    <main className="grid h-(--page-height) place-items-center overflow-y-auto p-3">
      <div className="grid w-full max-w-[400px] gap-4 rounded-[10px] border border-line bg-card p-5 shadow-float">
        <h1 className="flex items-center gap-2.5 text-base font-[650] tracking-[-0.01em]">
          <Mark /> Hubbub
        </h1>
        {closed ? <Closed onAgain={onAgain} /> : <NameForm onEnter={onEnter} />}
      </div>
    </main>
  )
}

function NameForm({ onEnter }: Pick<Props, 'onEnter'>) {
  const [name, setName] = useState('')
  const [tried, setTried] = useState(false)
  const problem = displayNameProblem(name)
  return (
    <form
      className="grid gap-4"
      noValidate
      onSubmit={(e) => {
        e.preventDefault()
        if (problem === undefined) onEnter(name)
        else setTried(true)
      }}
    >
      <p className="text-ink-2">People, devices and bots in the same rooms.</p>
      <Field
        label="What should people call you?"
        hint="Everyone in a room sees it. You can change it later."
        problem={tried ? problem : undefined}
        name="nickname"
        autoComplete="nickname"
        // The card asks one thing and stands alone on the page.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={name}
        onChange={setName}
      />
      <Button type="submit" look="primary" className="mid:min-h-10">Enter</Button>
    </form>
  )
}

function Closed({ onAgain }: Pick<Props, 'onAgain'>) {
  return (
    <>
      <p className="font-[650]">This hub lets no guests in</p>
      <p className="text-ink-2">
        A name alone is not enough here. Ask whoever runs the hub; on its machine, <code className="text-[13px]">auth.guests: true</code> in the config lets people enter with a name.
      </p>
      <Button onClick={onAgain} className="mid:min-h-10">Try again</Button>
    </>
  )
}
