import type { Author } from '../../hub/events'
import type { Command } from '../../hub/frames'
import { roomNameProblem } from '../../hub/names'
import { fits, ranked } from '../../ui/fuzzy'

/** Something that the page can do. */
export interface Action {
  readonly id: string
  readonly does: string
  readonly show: readonly string[]
  readonly run: () => void
}

export type Found =
  | { readonly type: 'room'; readonly name: string; readonly known: boolean }
  | { readonly type: 'make'; readonly name: string }
  | { readonly type: 'person'; readonly who: Pick<Author, 'id' | 'name' | 'kind'> }
  | { readonly type: 'command'; readonly command: Command }
  | { readonly type: 'action'; readonly action: Action }

export interface Group {
  readonly title: string
  readonly found: readonly Found[]
}

export interface Sources {
  /** The rooms of this browser, in their order. */
  readonly own: readonly string[]
  /** All rooms that there are. */
  readonly rooms: readonly string[]
  readonly people: readonly Pick<Author, 'id' | 'name' | 'kind'>[]
  readonly commands: readonly Command[]
  readonly actions: readonly Action[]
}

const ROOMS = 8
const PEOPLE = 5
const COMMANDS = 6

/** What fits to what was typed, by kind; the kind with the best fit first. A # means rooms, an @ people, a / commands. */
export function find(typed: string, { own, rooms, people, commands, actions }: Sources): Group[] {
  const sign = /^[#@/]/.exec(typed)?.[0]
  const text = (sign === undefined || sign === '/' ? typed : typed.slice(1)).trim()
  const groups: Group[] = []
  if (sign === undefined || sign === '#') {
    const all = [...own, ...rooms.filter((name) => !own.includes(name))]
    const found = ranked(text, all, (name) => name, ROOMS).map((name): Found => ({ type: 'room', name, known: own.includes(name) }))
    groups.push({ title: 'Rooms', found: [...found, ...toMake(text, all)] })
  }
  if (sign === undefined || sign === '@') {
    groups.push({ title: 'People, devices and bots', found: ranked(text, people, ({ name }) => name, PEOPLE).map((who): Found => ({ type: 'person', who })) })
  }
  if (sign === undefined || sign === '/') {
    groups.push({ title: 'What bots answer to', found: ranked(text, commands, ({ command }) => command, COMMANDS).map((command): Found => ({ type: 'command', command })) })
  }
  if (sign === undefined) {
    groups.push({ title: 'Commands', found: ranked(text, actions, ({ does }) => does, actions.length).map((action): Found => ({ type: 'action', action })) })
  }
  const some = groups.filter(({ found }) => found.length > 0)
  return text === '' ? some : some.toSorted((a, b) => best(text, b) - best(text, a))
}

/** A room that does not exist yet, under the name that was typed. */
function toMake(text: string, all: readonly string[]): Found[] {
  const name = text.toLowerCase()
  return name === '' || all.includes(name) || roomNameProblem(name) !== undefined ? [] : [{ type: 'make', name }]
}

function best(text: string, { found }: Group): number {
  const first = found[0]
  return first === undefined ? -Infinity : (fits(text, wordOf(first)) ?? 0) - (first.type === 'make' ? 10_000 : 0)
}

export function wordOf(found: Found): string {
  switch (found.type) {
    case 'room':
    case 'make':
      return found.name
    case 'person':
      return found.who.name
    case 'command':
      return found.command.command
    case 'action':
      return found.action.does
  }
}
