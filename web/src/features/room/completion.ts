import type { Author } from '../../hub/events'
import type { Command } from '../../hub/frames'
import { ranked } from '../../ui/fuzzy'

/** The word that is being written, where it is one that can be completed. */
export interface Word {
  readonly kind: 'command' | 'person' | 'emoji'
  /** What of it stands before the caret, without the sign that begins it. */
  readonly typed: string
  /** Where it stands in the text, with its sign. */
  readonly from: number
  readonly to: number
}

/** Somebody who can be named. */
export interface Nameable extends Pick<Author, 'id' | 'name' | 'kind'> {
  readonly here: boolean
}

/** An emoji, and the words that it is found by. */
export type Emoji = readonly [emoji: string, name: string]

export type Suggestion =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'person'; readonly who: Nameable }
  | { readonly kind: 'emoji'; readonly emoji: Emoji }

const COMMAND = /^\/\S*$/
// A name may be of two words, or of more: then the first two find it.
const PERSON = /(?:^|[^\p{L}\p{Nd}_])@([^\s@]*(?: [^\s@]+)?)$/u
const EMOJI = /(?:^|[\s(])(:([\p{L}\d_+-]{2,}))$/u

/** The word at the caret that can be completed, if there is one. Commands begin the message. */
export function wordAt(text: string, caret: number): Word | undefined {
  const before = text.slice(0, caret)
  const to = caret + (/^[^\s@]*/.exec(text.slice(caret))?.[0].length ?? 0)
  if (COMMAND.test(before)) return { kind: 'command', typed: before.slice(1), from: 0, to }
  const person = PERSON.exec(before)?.[1]
  if (person !== undefined) return { kind: 'person', typed: person, from: caret - person.length - 1, to: person.includes(' ') ? caret : to }
  const emoji = EMOJI.exec(before)?.[2]
  if (emoji !== undefined) return { kind: 'emoji', typed: emoji, from: caret - emoji.length - 1, to: caret }
  return undefined
}

interface Sources {
  readonly commands: readonly Command[]
  readonly people: readonly Nameable[]
  readonly emojis: readonly Emoji[]
}

const MOST = 8

export function suggest({ kind, typed }: Word, { commands, people, emojis }: Sources): Suggestion[] {
  switch (kind) {
    case 'command':
      return ranked(`/${typed}`, commands, ({ command }) => command, MOST).map((command) => ({ kind, command }))
    case 'person':
      return named(typed, people).map((who) => ({ kind, who }))
    case 'emoji':
      return ranked(typed.replaceAll('_', ' '), emojis, ([, name]) => name, MOST).map((emoji) => ({ kind, emoji }))
  }
}

/** With a space in it, it is a name only where a name begins so: else it is the sentence that goes on. */
function named(typed: string, people: readonly Nameable[]): Nameable[] {
  const fit = typed.includes(' ') ? people.filter(({ name }) => name.toLowerCase().startsWith(typed.toLowerCase())) : people
  return ranked(typed, fit, ({ name }) => name, MOST)
}

/** What stands in the word's place when the suggestion is taken. */
export function replacement(suggestion: Suggestion): string {
  switch (suggestion.kind) {
    case 'command':
      return `${suggestion.command.command} `
    case 'person':
      return `@${suggestion.who.name} `
    case 'emoji':
      return `${suggestion.emoji[0]} `
  }
}

/** Whether the word is that suggestion already, so that Enter may send. */
export const isWhole = ({ typed }: Word, suggestion: Suggestion): boolean =>
  replacement(suggestion).slice(1).trimEnd().toLowerCase() === typed.toLowerCase()

/** The command whose words are being written: its name is there and a space after it. */
export function commandBegun(text: string, commands: readonly Command[]): Command | undefined {
  const name = /^(\/\S+)\s/.exec(text)?.[1]
  return name === undefined ? undefined : commands.find(({ command }) => command === name)
}
