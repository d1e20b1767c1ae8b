import * as v from 'valibot'

// The events that rooms keep in their logs (DESIGN.md section 4), as the hub sends them. Fields that we do not know are dropped.

export const seq = v.pipe(v.number(), v.integer(), v.minValue(0))
const logSeq = v.pipe(seq, v.minValue(1))

export const kinds = ['person', 'guest', 'device', 'bot'] as const

export const author = v.object({
  id: v.string(),
  name: v.string(),
  kind: v.fallback(v.picklist(kinds), 'person'),
  via: v.optional(v.string(), ''),
})

const common = {
  room: v.string(),
  id: v.string(),
  seq: logSeq,
  at: v.string(),
  from: author,
  ref: v.optional(v.string()),
}

/** A message. From history it is as it stands now, with every change up to `rev`. */
const message = v.object({
  type: v.literal('chat.received_message'),
  ...common,
  text: v.optional(v.string()),
  data: v.optional(v.unknown()),
  reply_to: v.optional(v.string()),
  buttons: v.optional(v.array(v.object({ action: v.string(), label: v.string() }))),
  rev: v.optional(seq),
  edited: v.optional(seq),
  deleted: v.optional(v.boolean()),
  reactions: v.optional(v.array(v.object({ emoji: v.string(), users: v.array(v.string()) }))),
})

const about = { ...common, target: v.string() }

/** Without a text it was superseded by a later change, that of seq `rev`. */
const edited = v.object({ type: v.literal('chat.edited_message'), ...about, text: v.optional(v.string()), rev: v.optional(seq) })
const deleted = v.object({ type: v.literal('chat.deleted_message'), ...about })
const reacted = v.object({
  type: v.literal('chat.reacted'),
  ...about,
  emoji: v.string(),
  remove: v.optional(v.boolean(), false),
})
const pressed = v.object({ type: v.literal('chat.pressed_button'), ...about, action: v.string() })

export const knownLogged = [message, edited, deleted, reacted, pressed] as const

/** Any other logged event: its seq counts, and what it means may be unknown to this page. */
export const otherLogged = v.pipe(
  v.object({ type: v.string(), room: v.string(), seq: logSeq }),
  v.transform((event) => ({ ...event, other: true as const })),
)

export const logged = v.union([v.variant('type', knownLogged), otherLogged])

export type Kind = (typeof kinds)[number]
export type Author = v.InferOutput<typeof author>
export type Message = v.InferOutput<typeof message>
/** What was done with an earlier message, the target. */
export type Change = v.InferOutput<typeof edited | typeof deleted | typeof reacted | typeof pressed>
export type Logged = v.InferOutput<typeof logged>

export const isMessage = (event: Logged | Gap): event is Message => event.type === 'chat.received_message' && !('other' in event)
export const isChange = (event: Logged | Gap): event is Change => 'target' in event

/** Events of a room that keeps no log which the hub could not deliver: those after `after` up to `seq`. */
export const gap = v.pipe(
  v.object({ type: v.literal('room.gap'), room: v.string(), after: seq, next: seq }),
  v.transform(({ next, ...rest }) => ({ ...rest, seq: next - 1 })),
)
export type Gap = v.InferOutput<typeof gap>
