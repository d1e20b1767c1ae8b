import { memo, useState, type ComponentProps, type FocusEvent, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import type { User } from '../../hub/frames'
import type { Pending } from '../../hub/outbox'
import type { Shown } from '../../hub/overlay'
import { Avatar, KindTag } from '../../ui/avatar'
import { Button } from '../../ui/button'
import { canEdit, type Acts } from './acts'
import { MessageTools, type Picking } from './message-tools'
import { Buttons, Reactions, type Names } from './reactions'
import { DataCard } from './data-card'
import { Text } from './text'
import { clockTime, fullTime } from './times'
import { words } from './words'

const noNames: Names = new Map()

export type Tint = 'plain' | 'mention' | 'editing' | 'lit'

interface LineProps extends ComponentProps<'article'> {
  readonly from: Omit<User, 'kind'> & { readonly kind: User['kind'] }
  readonly at: Date
  readonly head: boolean
  readonly tint?: Tint
  readonly children: ReactNode
}

const tints: Record<Tint, string> = {
  plain: 'hover:bg-card/60 focus-within:bg-card/60',
  mention: 'bg-mark shadow-[inset_3px_0_var(--accent)]',
  lit: 'bg-accent-soft shadow-[inset_3px_0_var(--accent)]',
  editing: 'bg-card shadow-[inset_3px_0_var(--accent)]',
}

/** The frame of a row: picture and name at the head of a group, the time in the margin of the rest. */
function Line({ from, at, head, tint = 'plain', children, ...rest }: LineProps) {
  const time = <time dateTime={at.toISOString()} title={fullTime(at)}>{clockTime(at)}</time>
  return (
    <article
      className={`group relative transition-colors duration-150 grid grid-cols-[36px_minmax(0,1fr)] gap-x-3 px-3 pb-0.5 -outline-offset-2 mid:px-5 ${tints[tint]} ${head ? 'pt-2' : 'pt-0.5'}`}
      {...rest}
    >
      {head ? (
        <Avatar id={from.id} name={from.name} kind={from.kind} />
      ) : (
        <span className="pt-px text-center text-[11.5px]/[22px] text-ink-3 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">{time}</span>
      )}
      <div className="min-w-0">
        {head && (
          <div className="flex flex-wrap items-baseline gap-x-2 leading-[20px]">
            <b>{from.name}</b>
            <KindTag kind={from.kind} />
            <span className="text-[12.5px] text-ink-3">{time}</span>
          </div>
        )}
        {children}
      </div>
    </article>
  )
}

interface MessageProps {
  readonly event: Shown
  readonly head: boolean
  /** What it answers: undefined where that is not at hand, null where it is gone. */
  readonly quoted: Shown | null | undefined
  readonly me: User
  readonly names: Names
  readonly tint: Tint
  /** Undefined where nothing can be done with a message. */
  readonly acts: Acts | undefined
}

/** A message of the log. */
export const MessageRow = memo(function MessageRow({ event, head, quoted, me, names, tint, acts }: MessageProps) {
  const [hovered, setHovered] = useState(false)
  const [focused, setFocused] = useState(false)
  const [picking, setPicking] = useState<Picking>()
  const at = new Date(Date.parse(event.at) || 0)
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== e.currentTarget || e.altKey || acts === undefined) return
    const isCopy = (e.ctrlKey || e.metaKey) && e.key === 'c' && window.getSelection()?.isCollapsed !== false
    if ((e.ctrlKey || e.metaKey) && !isCopy) return
    if (!act(isCopy ? 'copy' : e.key, event, me.id, { ...acts, pick: () => setPicking('few') })) return
    e.preventDefault()
  }
  const onBlur = (e: FocusEvent) => {
    if (e.currentTarget.contains(e.relatedTarget)) return
    setFocused(false)
    setPicking(undefined)
  }
  return (
    <Line
      from={event.from}
      at={at}
      head={head}
      tint={tint}
      tabIndex={-1}
      aria-label={`${event.from.name}, ${clockTime(at)}: ${words(event).slice(0, SPOKEN)}`}
      data-seq={event.seq}
      data-ref={event.ref}
      onKeyDown={onKeyDown}
      onPointerEnter={(e: PointerEvent) => setHovered(e.pointerType === 'mouse')}
      onPointerLeave={() => setHovered(false)}
      onFocus={(e: FocusEvent) => setFocused(isPointedAt(e.target))}
      onBlur={onBlur}
    >
      {event.reply_to !== undefined && <Quote of={event.reply_to} message={quoted} onGo={acts?.go} />}
      <Body event={event} names={names} />
      {acts !== undefined && event.deleted !== true && (
        <>
          <Buttons message={event} me={me.id} names={names} acts={acts} />
          <Reactions message={event} me={me.id} names={names} acts={acts} />
          {(hovered || focused || picking !== undefined) && <MessageTools message={event} me={me.id} acts={acts} picking={picking} onPick={setPicking} />}
        </>
      )}
    </Line>
  )
})

/** Whether what has the focus has it by keyboard, or by the touch of a finger: a mouse shows where it is anyhow. */
const isPointedAt = (target: Element): boolean => target.matches(':focus-visible') || window.matchMedia('(hover: none)').matches

/** So much of a message is its name; the rest is read as its content. */
const SPOKEN = 200

/** Does what a key on a message stands for; false when it stands for nothing. */
function act(key: string, message: Shown, me: string, acts: Acts & { pick(): void }): boolean {
  if (key === 'Escape') acts.leave()
  else if (message.deleted) return false
  else if (key === 'r') acts.reply(message)
  else if (key === 'copy') acts.copyText(message)
  else if (key === 'u') acts.copyLink(message)
  else if (key === '+' || key === 'Enter') acts.pick()
  else if (key === 'e' && canEdit(message, me)) acts.edit(message)
  else if (key === 'Delete' && message.from.id === me) acts.remove(message)
  else return false
  return true
}

function Body({ event, names }: { readonly event: Shown; readonly names: Names }) {
  const mark = event.edited !== undefined && (
    <span className="text-[12.5px] text-ink-3"> ({event.unsent ? 'edited, waiting to be sent' : 'edited'})</span>
  )
  if (event.text === undefined && event.data === undefined) return <p className="text-ink-3 italic">{words(event)}</p>
  return (
    <>
      {event.text !== undefined && <Text text={event.text} names={names} after={mark} />}
      {event.data !== undefined && <DataCard data={event.data} />}
    </>
  )
}

interface QuoteProps {
  /** The id of what is answered. */
  readonly of: string
  readonly message: Shown | null | undefined
  readonly onGo: ((id: string) => void) | undefined
}

/** One line of the message that is answered; it leads there. Its height is the same whatever is known of that. */
function Quote({ of, message, onGo }: QuoteProps) {
  const line = (
    <>
      <span className="sr-only">Answers </span>
      {message === null ? 'a message that is no longer there' : message === undefined ? 'a message further up' : `${message.from.name}: ${words(message)}`}
    </>
  )
  return (
    <blockquote className="mt-px mb-0.5 flow-root border-l-2 border-line-2 text-[13.5px]/5 text-ink-2">
      {onGo === undefined || message === null ? (
        <span className="block truncate pl-2">{line}</span>
      ) : (
        <button type="button" onClick={() => onGo(of)} className="-my-3 block max-w-full truncate rounded-sm py-3 pl-2 text-left mid:my-0 mid:py-0 hover:text-ink hover:underline">
          {line}
        </button>
      )}
    </blockquote>
  )
}

interface PendingProps {
  readonly pending: Pending
  readonly quoted: Shown | null | undefined
  readonly me: User
  readonly head: boolean
  readonly onRetry: (ref: string) => void
  readonly onDiscard: (ref: string) => void
}

/** A message of one's own that the log does not show yet. */
export const PendingRow = memo(function PendingRow({ pending, quoted, me, head, onRetry, onDiscard }: PendingProps) {
  const waiting = pending.seq === undefined
  return (
    <Line from={me} at={new Date(pending.at)} head={head} data-ref={pending.ref} data-pending={waiting ? '' : undefined}>
      {pending.replyTo !== undefined && <Quote of={pending.replyTo} message={quoted} onGo={undefined} />}
      {waiting && <span className="sr-only">{pending.problem === undefined ? 'Waiting to be sent: ' : 'Not sent: '}</span>}
      <div className={waiting ? 'text-ink-3' : ''}><Text text={pending.text} names={noNames} /></div>
      {pending.problem !== undefined && (
        <div role="alert" className="mt-1 flex flex-wrap items-center gap-2 text-[13.5px] text-bad">
          <span>Not sent. {pending.problem.message}</span>
          <Button onClick={() => onRetry(pending.ref)} className="text-ink">Try again</Button>
          <Button onClick={() => onDiscard(pending.ref)} className="text-ink">Discard</Button>
        </div>
      )}
    </Line>
  )
})
