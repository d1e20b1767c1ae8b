import { Hash, Plus } from 'lucide-react'
import { useEffect, useId, useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { Author } from '../../hub/events'
import type { Hub } from '../../hub/hub'
import type { Room } from '../../hub/room'
import { nothing, type Unread } from '../../hub/unread'
import { Avatar, KindTag } from '../../ui/avatar'
import { CardDialog } from '../../ui/dialog'
import { Option, OptionNote, useOptions } from '../../ui/options'
import { Count, Key } from '../../ui/small'
import { useStore } from '../../ui/use-store'
import { find, wordOf, type Action, type Found } from './found'

interface Props {
  readonly hub: Hub
  readonly room: Room
  readonly open: boolean
  readonly onClose: () => void
  readonly actions: readonly Action[]
  readonly onRoom: (name: string) => void
  /** Something to be put where one writes. */
  readonly onWrite: (text: string) => void
  readonly focusAfter: () => HTMLElement | null
}

/** One field for where to go and what to do: rooms, people, commands. */
export function Find({ open, onClose, focusAfter, ...rest }: Props) {
  return (
    <CardDialog open={open} onClose={onClose} title="Find or jump to" focusAfter={focusAfter}>
      <Finder {...rest} />
    </CardDialog>
  )
}

type FinderProps = Omit<Props, 'open' | 'onClose' | 'focusAfter'>

function Finder({ hub, room, actions, onRoom, onWrite }: FinderProps) {
  const [typed, setTyped] = useState('')
  const id = useId()
  const groups = useGroups(hub, room, actions, typed)
  const flat = groups.flatMap(({ found }) => found)
  const unread = useStore(hub.unread.all)
  const choose = (found: Found) => {
    if (found.type === 'room' || found.type === 'make') onRoom(found.name)
    else if (found.type === 'person') onWrite(`@${found.who.name} `)
    else if (found.type === 'command') onWrite(`${found.command.command} `)
    else found.action.run()
  }
  const { active, setActive, list, onKeyDown } = useOptions(flat, typed, choose)
  const onKey = (e: KeyboardEvent) => {
    if (!e.nativeEvent.isComposing && onKeyDown(e.key)) e.preventDefault()
  }
  return (
    <>
      <input
        role="combobox"
        aria-expanded={flat.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={flat[active] && `${id}-${active}`}
        aria-autocomplete="list"
        aria-label="Find or jump to"
        placeholder="A room, somebody, or a command"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
        onKeyDown={onKey}
        className="min-h-11 w-full rounded-lg border border-line-2 bg-bg px-3 text-base text-ink mid:min-h-10 mid:text-[15px]"
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label="What fits" tabIndex={-1} className="mt-2 max-h-[46dvh] overflow-y-auto">
        {groups.map(({ title, found }) => (
          <div key={title} role="group" aria-label={title}>
            <div aria-hidden className="px-2 pt-1.5 pb-0.5 text-xs/[18px] font-semibold text-ink-3">{title}</div>
            {found.map((one) => {
              const at = flat.indexOf(one)
              return (
                <Option key={`${one.type} ${wordOf(one)}`} id={`${id}-${at}`} active={at === active} onPoint={() => setActive(at)} onTake={() => choose(one)}>
                  <Line found={one} unread={unread.get(wordOf(one)) ?? nothing} />
                </Option>
              )
            })}
          </div>
        ))}
      </div>
      <output className={flat.length === 0 ? 'block px-2 pt-1 text-ink-3' : 'sr-only'}>
        {flat.length === 0 ? 'Nothing fits. A room’s name is of small letters, digits, dots, underscores and hyphens.' : `${flat.length} found`}
      </output>
    </>
  )
}

function useGroups(hub: Hub, room: Room, actions: readonly Action[], typed: string) {
  useEffect(() => {
    hub.directory.want()
    room.commands.want()
    room.members.want()
  }, [hub, room])
  const own = useStore(hub.visited.rooms)
  const rooms = useStore(hub.directory.all)
  const commands = useStore(room.commands.all)
  const people = useStore(room.members.all)
  const { presence } = useStore(room.view)
  const me = useStore(hub.session.identity).user?.id
  return useMemo(() => {
    const here = presence.users ?? []
    const others = (people ?? []).filter(({ id }) => !here.some((user) => user.id === id))
    return find(typed, {
      own: own.filter((name) => name !== room.name),
      rooms: (rooms ?? []).map(({ name }) => name).filter((name) => name !== room.name),
      people: [...here, ...others].filter(({ id }) => id !== me).toSorted(peopleFirst),
      commands: commands ?? [],
      actions,
    })
  }, [typed, own, rooms, commands, people, presence, me, actions, room])
}

const isPerson = ({ kind }: Pick<Author, 'kind'>): boolean => kind === 'person' || kind === 'guest'

const peopleFirst = (a: Pick<Author, 'kind' | 'name'>, b: Pick<Author, 'kind' | 'name'>): number =>
  Number(isPerson(b)) - Number(isPerson(a)) || a.name.localeCompare(b.name)

/** One thing that was found. */
function Line({ found, unread }: { readonly found: Found; readonly unread: Unread }): ReactNode {
  switch (found.type) {
    case 'room':
      return (
        <>
          <Hash size={16} aria-hidden className="flex-none text-ink-3" />
          <span className="min-w-0 truncate">{found.name}</span>
          {!found.known && <OptionNote end>not in your list</OptionNote>}
          {unread.unread > 0 && <Count of={unread.mentions || unread.unread} look={unread.mentions > 0 ? 'mine' : 'plain'} words={`${unread.unread} unread`} />}
        </>
      )
    case 'make':
      return (
        <>
          <Plus size={16} aria-hidden className="flex-none text-ink-3" />
          <span className="min-w-0 truncate">Make the room <b>#{found.name}</b></span>
        </>
      )
    case 'person':
      return (
        <>
          <Avatar id={found.who.id} name={found.who.name} kind={found.who.kind} size="s" />
          <span className="min-w-0 truncate">{found.who.name}</span>
          <KindTag kind={found.who.kind} />
          <OptionNote end>mention</OptionNote>
        </>
      )
    case 'command':
      return (
        <>
          <span className="flex-none font-mono text-[13px]">{found.command.usage}</span>
          <OptionNote>{found.command.about}</OptionNote>
        </>
      )
    case 'action':
      return (
        <>
          <span className="min-w-0 truncate">{found.action.does}</span>
          <span className="ml-auto flex flex-none gap-1">{found.action.show.map((key) => <Key key={key}>{key}</Key>)}</span>
        </>
      )
  }
}
