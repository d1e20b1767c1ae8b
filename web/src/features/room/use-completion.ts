import { useEffect, useMemo, useState, type RefObject } from 'react'
import type { Room, RoomView } from '../../hub/room'
import { insert } from '../../ui/insert'
import { useOptions } from '../../ui/options'
import { useStore } from '../../ui/use-store'
import { commandBegun, isWhole, replacement, suggest, wordAt, type Emoji, type Nameable, type Suggestion, type Word } from './completion'

const nothing: readonly never[] = []

/** What is offered while one writes, and the taking of it. */
export function useCompletion(room: Room, me: string, text: string, caret: number, input: RefObject<HTMLTextAreaElement | null>) {
  const word = useMemo(() => wordAt(text, caret), [text, caret])
  const [left, setLeft] = useState<Word['from']>()
  if (word === undefined && left !== undefined) setLeft(undefined)
  const sources = useSources(room, me, word?.kind)
  const suggestions = useMemo(() => (word === undefined || word.from === left ? nothing : suggest(word, sources)), [word, left, sources])
  const take = (suggestion: Suggestion) => {
    if (word === undefined || input.current === null) return
    const after = text.slice(word.to, word.to + 1) === ' ' ? 1 : 0 // the space that is there is the one that is put
    insert(input.current, replacement(suggestion), word.from, word.to + after)
  }
  const options = useOptions(suggestions, `${word?.kind} ${word?.from} ${word?.typed}`, take)
  const onKey = (key: string): boolean => {
    const active = suggestions[options.active]
    if (word === undefined || active === undefined) return false
    if (key === 'Escape') {
      setLeft(word.from)
      return true
    }
    return options.onKeyDown(key, isWhole(word, active) ? ['Tab'] : ['Enter', 'Tab'])
  }
  return { suggestions, active: options.active, setActive: options.setActive, list: options.list, take, onKey, begun: commandBegun(text, sources.commands) }
}

/** Asks for what can be completed when it is wanted. */
function useSources(room: Room, me: string, wanted: Word['kind'] | undefined) {
  const commands = useStore(room.commands.all) ?? nothing
  const members = useStore(room.members.all)
  const view = useStore(room.view)
  const [emojis, setEmojis] = useState<readonly Emoji[]>(nothing)
  useEffect(() => {
    if (wanted === 'command') room.commands.want()
    if (wanted === 'person') room.members.want()
    if (wanted === 'emoji') void import('./emojis').then((found) => setEmojis(found.emojis), () => {}) // no emojis without the hub
  }, [room, wanted])
  const people = useMemo(() => (wanted === 'person' ? nameable(view, members ?? nothing, me) : nothing), [wanted, view, members, me])
  return useMemo(() => ({ commands, people, emojis }), [commands, people, emojis])
}

/** Who is here before who was; each once. */
function nameable({ presence, messages }: RoomView, members: readonly Omit<Nameable, 'here'>[], me: string): Nameable[] {
  const all = new Map<string, Nameable>()
  const add = (here: boolean) => ({ id, name, kind }: Omit<Nameable, 'here'>) => id === me || all.has(id) || all.set(id, { id, name, kind, here })
  presence.users?.forEach(add(true))
  for (const { from } of messages.toReversed()) add(false)(from)
  members.forEach(add(false))
  return [...all.values()].toSorted((a, b) => Number(isPerson(b)) - Number(isPerson(a)) || Number(b.here) - Number(a.here))
}

const isPerson = ({ kind }: Nameable): boolean => kind === 'person' || kind === 'guest'
