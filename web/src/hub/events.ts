import * as v from 'valibot'

// The frames of DESIGN.md section 4, as the hub sends them. Fields that we do not know are dropped.

const seq = v.pipe(v.number(), v.integer(), v.minValue(0))

export const kinds = ['person', 'guest', 'device', 'bot'] as const

const author = v.object({
  id: v.string(),
  name: v.string(),
  kind: v.fallback(v.picklist(kinds), 'person'),
  via: v.optional(v.string(), ''),
})

const message = v.object({
  type: v.literal('chat.received_message'),
  room: v.string(),
  id: v.string(),
  seq,
  at: v.string(),
  from: author,
  ref: v.optional(v.string()),
  text: v.optional(v.string()),
  data: v.optional(v.unknown()),
  reply_to: v.optional(v.string()),
})

/** Any other logged event: its seq counts, and what it means may be unknown to this page. */
const otherLogged = v.pipe(
  v.object({ type: v.string(), room: v.string(), seq: v.pipe(seq, v.minValue(1)) }),
  v.transform((event) => ({ ...event, other: true as const })),
)

const logged = v.union([message, otherLogged])

const presence = v.object({ count: seq, users: v.optional(v.array(author)) })

const joined = v.object({
  type: v.literal('room.joined'),
  room: v.string(),
  ref: v.optional(v.string()),
  head: seq,
  first: v.optional(seq, 1),
  epoch: v.optional(v.string(), ''),
  recovered: v.optional(v.boolean(), false),
  events: v.nullish(v.array(logged)),
  present: v.nullish(presence),
  kept: v.nullish(v.array(v.object({ ref: v.string(), id: v.optional(v.string()), seq }))),
})

const history = v.object({
  type: v.literal('room.history'),
  room: v.string(),
  ref: v.optional(v.string()),
  events: v.nullish(v.array(logged)),
  more: v.optional(v.boolean(), false),
})

const opened = v.object({
  type: v.literal('session.opened'),
  user: v.object({ id: v.string(), name: v.string(), kind: v.fallback(v.picklist(kinds), 'guest') }),
  guest: v.optional(v.string()),
})

const sent = v.object({
  type: v.literal('chat.sent_message'),
  room: v.optional(v.string()),
  ref: v.string(),
  id: v.optional(v.string()),
  seq,
  at: v.optional(v.string()),
})

const presenceChanged = v.object({
  type: v.literal('presence.changed'),
  room: v.string(),
  count: seq,
  joined: v.nullish(v.array(author)),
  left: v.nullish(v.array(v.string())),
})

const left = v.object({ type: v.literal('room.left'), room: v.string(), ref: v.optional(v.string()) })

const failure = v.object({
  type: v.literal('error'),
  ref: v.optional(v.string()),
  room: v.optional(v.string()),
  code: v.string(),
  message: v.optional(v.string(), ''),
})

const restarting = v.object({ type: v.literal('server.restarting') })

/** Every frame that this page understands, by type. */
export const frames = v.variant('type', [
  opened, joined, left, history, message, sent, presenceChanged, failure, restarting,
])

export const otherFrame = otherLogged

export type Kind = (typeof kinds)[number]
export type Author = v.InferOutput<typeof author>
export type Message = v.InferOutput<typeof message>
export type Logged = v.InferOutput<typeof logged>
export type Joined = v.InferOutput<typeof joined>
export type History = v.InferOutput<typeof history>
export type Opened = v.InferOutput<typeof opened>
export type PresenceChanged = v.InferOutput<typeof presenceChanged>
export type Failure = v.InferOutput<typeof failure>
export type User = Opened['user']
export type Frame = v.InferOutput<typeof frames> | v.InferOutput<typeof otherLogged>

export const isMessage = (event: Logged): event is Message => !('other' in event)

/** What this page sends. */
export type Outgoing =
  | { type: 'room.join'; room: string; ref: string; limit: number; since?: number; epoch?: string; refs?: string[] }
  | { type: 'room.leave'; room: string; ref: string }
  | { type: 'room.history'; room: string; ref: string; limit: number; before?: number; after?: number }
  | { type: 'chat.send_message'; room: string; ref: string; text: string }
