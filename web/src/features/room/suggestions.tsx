import type { ReactNode, RefObject } from 'react'
import { Avatar, KindTag } from '../../ui/avatar'
import { Option, OptionNote } from '../../ui/options'
import type { Suggestion } from './completion'

interface Props {
  readonly id: string
  readonly suggestions: readonly Suggestion[]
  readonly active: number
  readonly list: RefObject<HTMLDivElement | null>
  readonly onPoint: (index: number) => void
  readonly onTake: (suggestion: Suggestion) => void
}

const names = { command: 'Commands of bots', person: 'Who is meant', emoji: 'Emojis' }

export const optionId = (id: string, index: number): string => `${id}-${index}`

/** What can stand where one writes, over the field. */
export function Suggestions({ id, suggestions, active, list, onPoint, onTake }: Props) {
  const [first] = suggestions
  return (
    <>
      {first !== undefined && (
        <div
          ref={list}
          id={id}
          role="listbox"
          aria-label={names[first.kind]}
          tabIndex={0} // it may scroll
          className="absolute inset-x-0 bottom-full z-10 mb-1.5 max-h-[min(300px,40dvh)] overflow-y-auto rounded-[10px] border border-line-2 bg-card p-1 shadow-float"
        >
          {suggestions.map((one, index) => (
            <Option key={keyOf(one)} id={optionId(id, index)} active={index === active} onPoint={() => onPoint(index)} onTake={() => onTake(one)}>
              <Line of={one} />
            </Option>
          ))}
        </div>
      )}
      <output className="sr-only">{first !== undefined && `${suggestions.length} ${suggestions.length === 1 ? 'suggestion' : 'suggestions'}: arrows choose, Tab takes.`}</output>
    </>
  )
}

function keyOf(of: Suggestion): string {
  if (of.kind === 'command') return `${of.command.command} ${of.command.bot.id}`
  return of.kind === 'person' ? of.who.id : of.emoji[0]
}

function Line({ of }: { readonly of: Suggestion }): ReactNode {
  switch (of.kind) {
    case 'command':
      return (
        <>
          <span className="flex-none font-mono text-[13px]">{of.command.usage}</span>
          <OptionNote>{of.command.about}</OptionNote>
          <span className="max-mid:hidden"><OptionNote end>{of.command.bot.name}</OptionNote></span>
        </>
      )
    case 'person':
      return (
        <>
          <Avatar id={of.who.id} name={of.who.name} kind={of.who.kind} size="s" />
          <span className="min-w-0 truncate">{of.who.name}</span>
          <KindTag kind={of.who.kind} />
          {!of.who.here && <OptionNote end>not here</OptionNote>}
        </>
      )
    case 'emoji':
      return (
        <>
          <span aria-hidden className="w-6 flex-none text-center font-emoji text-[17px]">{of.emoji[0]}</span>
          <span className="min-w-0 truncate">{of.emoji[1]}</span>
        </>
      )
  }
}
