import * as v from 'valibot'
import { author, gap, kinds, knownLogged, logged, otherLogged, seq } from './events'

// What passes over the connection beside the events of logs.

const ref = v.optional(v.string())
const ofRoom = { room: v.string(), ref }

const opened = v.object({
  type: v.literal('session.opened'),
  user: v.object({ id: v.string(), name: v.string(), kind: v.fallback(v.picklist(kinds), 'guest') }),
  guest: v.optional(v.string()),
})

const joined = v.object({
  type: v.literal('room.joined'),
  ...ofRoom,
  head: seq,
  first: v.optional(seq, 1),
  epoch: v.optional(v.string(), ''),
  ephemeral: v.optional(v.boolean(), false),
  recovered: v.optional(v.boolean(), false),
  events: v.nullish(v.array(logged)),
  present: v.nullish(v.object({ count: seq, users: v.optional(v.array(author)) })),
  kept: v.nullish(v.array(v.object({ ref: v.string(), id: v.optional(v.string()), seq }))),
})

const left = v.object({ type: v.literal('room.left'), ...ofRoom })

const history = v.object({
  type: v.literal('room.history'),
  ...ofRoom,
  events: v.nullish(v.array(logged)),
  more: v.optional(v.boolean(), false),
})

const members = v.object({
  type: v.literal('room.members'),
  ...ofRoom,
  members: v.array(v.object({ id: v.string(), name: v.string(), kind: v.fallback(v.picklist(kinds), 'person'), read: v.optional(seq, 0) })),
  more: v.optional(v.boolean(), false),
})

const answer = { room: v.optional(v.string()), ref: v.string(), id: v.optional(v.string()), at: v.optional(v.string()) }
const sent = v.object({ type: v.literal('chat.sent_message'), ...answer, seq })
const ok = v.object({ type: v.literal('ok'), ...answer, seq: v.optional(seq) })

const failure = v.object({
  type: v.literal('error'),
  ref,
  room: v.optional(v.string()),
  code: v.string(),
  message: v.optional(v.string(), ''),
})

const presenceChanged = v.object({
  type: v.literal('presence.changed'),
  room: v.string(),
  count: seq,
  joined: v.nullish(v.array(author)),
  left: v.nullish(v.array(v.string())),
})

const memberChanged = v.object({
  type: v.literal('member.changed'),
  room: v.string(),
  added: v.optional(v.array(author)),
  removed: v.optional(v.array(v.string())),
})

const list = v.object({
  type: v.literal('room.list'),
  ref,
  rooms: v.array(v.object({ name: v.string(), member: v.boolean() })),
  more: v.optional(v.boolean(), false),
})

const commands = v.object({
  type: v.literal('room.commands'),
  ...ofRoom,
  commands: v.array(v.object({ command: v.string(), usage: v.string(), about: v.optional(v.string()), bot: author })),
})

const typing = v.object({ type: v.literal('chat.typing'), room: v.string(), from: author })
const read = v.object({ type: v.literal('chat.read'), room: v.string(), from: author, read: seq })

const added = v.object({ type: v.literal('room.added'), room: v.string() })
const removed = v.object({ type: v.literal('room.removed'), room: v.string() })
const head = v.object({
  type: v.literal('room.head'),
  room: v.string(),
  head: seq,
  read: seq,
  unread: seq,
  mentions: seq,
})

const restarting = v.object({ type: v.literal('server.restarting') })

/** Every frame that this page understands, by type. */
export const frames = v.variant('type', [
  ...knownLogged,
  opened, joined, left, history, list, members, commands, sent, ok, failure, presenceChanged, memberChanged, typing, read,
  added, removed, head, gap, restarting,
])

export type Joined = v.InferOutput<typeof joined>
export type History = v.InferOutput<typeof history>
export type Members = v.InferOutput<typeof members>
export type Member = Members['members'][number]
export type RoomList = v.InferOutput<typeof list>
export type Commands = v.InferOutput<typeof commands>
/** What a bot answers to. */
export type Command = Commands['commands'][number]
export type Opened = v.InferOutput<typeof opened>
export type PresenceChanged = v.InferOutput<typeof presenceChanged>
export type Read = v.InferOutput<typeof read>
export type Head = v.InferOutput<typeof head>
export type Failure = v.InferOutput<typeof failure>
export type User = Opened['user']
export type Frame = v.InferOutput<typeof frames> | v.InferOutput<typeof otherLogged>

interface About {
  readonly room: string
  readonly ref: string
  readonly target: string
}

/** What this page sends. */
export type Outgoing =
  | { type: 'room.join'; room: string; ref: string; limit: number; since?: number; epoch?: string; refs?: string[] }
  | { type: 'room.leave'; room: string; ref: string }
  | { type: 'room.history'; room: string; ref: string; limit: number; before?: number; after?: number; around?: string }
  | { type: 'room.members'; room: string; ref: string; limit: number; after: string }
  | { type: 'room.commands'; room: string; ref: string }
  | { type: 'room.list'; ref: string; limit: number; after?: string }
  | { type: 'chat.send_message'; room: string; ref: string; text: string; reply_to?: string }
  | ({ type: 'chat.edit_message'; text: string } & About)
  | ({ type: 'chat.delete_message' } & About)
  | ({ type: 'chat.react'; emoji: string; remove?: true } & About)
  | ({ type: 'chat.press_button'; action: string } & About)
  | { type: 'chat.typing'; room: string }
  | { type: 'chat.mark_read'; room: string; ref: string; seq: number }
