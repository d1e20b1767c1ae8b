import { memo, type ComponentProps, type ReactNode } from 'react'
import type { Message } from '../../hub/events'
import type { User } from '../../hub/frames'
import type { Pending } from '../../hub/outbox'
import { Avatar, KindTag } from '../../ui/avatar'
import { Button } from '../../ui/button'
import { Text } from './text'
import { clockTime, fullTime } from './times'

interface LineProps extends ComponentProps<'div'> {
  readonly from: Omit<User, 'kind'> & { readonly kind: User['kind'] }
  readonly at: Date
  readonly head: boolean
  readonly children: ReactNode
}

/** The frame of a row: picture and name at the head of a group, the time in the margin of the rest. */
function Line({ from, at, head, children, ...rest }: LineProps) {
  const time = <time dateTime={at.toISOString()} title={fullTime(at)}>{clockTime(at)}</time>
  return (
    <div
      className={`group grid grid-cols-[36px_minmax(0,1fr)] gap-x-3 px-3 pb-0.5 hover:bg-card/60 mid:px-5 ${head ? 'pt-2' : 'pt-0.5'}`}
      {...rest}
    >
      {head ? (
        <Avatar id={from.id} name={from.name} kind={from.kind} />
      ) : (
        <span className="pt-px text-center text-[11.5px]/[22px] text-ink-3 opacity-0 group-hover:opacity-100">{time}</span>
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
    </div>
  )
}

interface MessageProps {
  readonly event: Message
  readonly head: boolean
  readonly quoted: Message | undefined
}

/** An event of the log. */
export const MessageRow = memo(function MessageRow({ event, head, quoted }: MessageProps) {
  return (
    <Line from={event.from} at={new Date(Date.parse(event.at) || 0)} head={head} data-seq={event.seq} data-ref={event.ref}>
      {quoted !== undefined && <Quote event={quoted} />}
      <Body event={event} />
    </Line>
  )
})

function Body({ event }: { readonly event: Message }) {
  if (event.text !== undefined) return <Text text={event.text} />
  if (event.data === undefined) return <span className="text-ink-3">This message was deleted.</span>
  return (
    <code className="rounded-[5px] border border-line bg-panel box-decoration-clone px-[5px] py-px text-[13px] whitespace-pre-wrap">
      {JSON.stringify(event.data)}
    </code>
  )
}

/** One line of the message that is answered. */
function Quote({ event }: { readonly event: Message }) {
  const words = event.text ?? (event.data === undefined ? 'This message was deleted.' : JSON.stringify(event.data))
  return (
    <blockquote className="mt-px mb-0.5 truncate border-l-2 border-line-2 pl-2 text-[13.5px]/5 text-ink-2">
      <span className="sr-only">Answers </span>
      {event.from.name}: {words}
    </blockquote>
  )
}

interface PendingProps {
  readonly pending: Pending
  readonly me: User
  readonly head: boolean
  readonly onRetry: (ref: string) => void
  readonly onDiscard: (ref: string) => void
}

/** A message of one's own that the log does not show yet. */
export const PendingRow = memo(function PendingRow({ pending, me, head, onRetry, onDiscard }: PendingProps) {
  const waiting = pending.seq === undefined
  return (
    <Line from={me} at={new Date(pending.at)} head={head} data-ref={pending.ref} data-pending={waiting ? '' : undefined}>
      {waiting && <span className="sr-only">{pending.problem === undefined ? 'Waiting to be sent: ' : 'Not sent: '}</span>}
      <span className={waiting ? 'text-ink-3' : ''}><Text text={pending.text} /></span>
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
