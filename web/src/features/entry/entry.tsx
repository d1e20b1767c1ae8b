import { useState } from 'react'
import { displayNameProblem } from '../../hub/names'
import { Button } from '../../ui/button'
import { Field } from '../../ui/field'
import { Mark } from '../../ui/mark'

/** The card before the first room: a name is all that is asked. */
export function Entry({ onEnter }: { readonly onEnter: (name: string) => void }) {
  const [name, setName] = useState('')
  const [tried, setTried] = useState(false)
  const problem = displayNameProblem(name)
  return (
    <main className="grid h-full place-items-center overflow-y-auto p-3">
      <form
        className="grid w-full max-w-[400px] gap-4 rounded-[10px] border border-line bg-card p-5 shadow-float"
        noValidate
        onSubmit={(e) => {
          e.preventDefault()
          if (problem === undefined) onEnter(name)
          else setTried(true)
        }}
      >
        <h1 className="flex items-center gap-2.5 text-base font-[650] tracking-[-0.01em]">
          <Mark /> Hubbub
        </h1>
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
    </main>
  )
}
