import { Aside } from './aside'
import { Attendance } from './attendance'
import { Courier } from './courier'
import { isMessage, type Author, type Logged } from './events'
import type { Command, Failure, Frame, Joined, Member, Members, Outgoing, User } from './frames'
import { Listing } from './listing'
import { mentions } from './mentions'
import type { Deed, Outbox, Pending } from './outbox'
import { overlaid, type Shown } from './overlay'
import { Pager } from './pager'
import { changePresence, joinedPresence, nobody, type Presence } from './presence'
import { Quotes } from './quotes'
import { Reading } from './reading'
import type { Standing } from './standing'
import { Store, type Readable } from './store'
import { Timeline, type Entry } from './timeline'
import { Typing } from './typing'
import type { Unread } from './unread'

/** What the room looks like now: a new value after each change. */
export interface RoomView {
  /** Whether the room has ever been read: before that its emptiness means nothing. */
  readonly known: boolean
  readonly joined: boolean
  /** Why the hub does not let us in. */
  readonly refused: Failure | undefined
  /** The seq of the newest event that is known. */
  readonly tip: number
  /** Whether `events` end before the present, since one reads further back. */
  readonly aside: boolean
  /** The id that was gone to and that the log does not have. */
  readonly lost: string | undefined
  /** The log as far as it is known, as it came, where one reads. */
  readonly events: readonly Entry[]
  /** The messages in it as they stand, one's own deeds done to them. */
  readonly messages: readonly Shown[]
  /** Messages that are answered and not among those, by id; undefined where the log does not have it any more. */
  readonly quotes: ReadonlyMap<string, Standing | undefined>
  /** One's own messages that the log does not show yet. */
  readonly pending: readonly Pending[]
  /** One's own deeds that the hub refused. */
  readonly refusedDeeds: readonly Pending[]
  /** Whether the hub takes what is pending more slowly than it was written. */
  readonly held: boolean
  /** Whether the room keeps nothing of what is said. */
  readonly ephemeral: boolean
  readonly atStart: boolean
  /** Whether pages of the log are being read. */
  readonly loading: boolean
  readonly presence: Presence
  /** Who is writing. */
  readonly typing: readonly Author[]
  /** The seq after which stands what was new when one came; undefined where nothing was. */
  readonly newAfter: number | undefined
  /** The refs under which own events were first shown as pending, by seq: the same row goes on. */
  readonly echoes: ReadonlyMap<number, string>
}

export interface RoomOptions {
  readonly name: string
  readonly outbox: Outbox
  me(): User | undefined
  /** Hands a frame to the connection; false when there is none. */
  send(frame: Outgoing): boolean
  /** When to tell the readers of a change: in a browser, before the next frame is painted. */
  schedule(tell: () => void): void
  random(): number
  /** What is unread here, while the room is joined. */
  counted(unread: Unread): void
}

const PAGE = 50
const REFS = 200
const MEMBERS = 500
/** So many events of the present are kept while one reads further back. */
const PRESENT = 1_000

/** One room as this page takes part in it: its log as far as it is known, who is there, and what waits to be sent. */
export class Room {
  readonly name: string
  /** What the bots here answer to. */
  readonly commands: Listing<Command>
  /** Who has been let in, by id. */
  readonly members: Listing<Member>
  readonly #options: RoomOptions
  readonly #timeline = new Timeline()
  readonly #attendance: Attendance
  readonly #courier: Courier
  readonly #pager: Pager
  readonly #aside: Aside
  readonly #quotes: Quotes
  readonly #typing: Typing
  readonly #reading: Reading
  readonly #view: Store<RoomView>
  #presence = nobody
  #dirty = false
  /** Where a person reads, when that is not the present. */
  #readsAt: number | undefined

  constructor(options: RoomOptions) {
    const { name: room, outbox, me, random } = options
    const changed = () => this.#changed()
    const send = (frame: Outgoing) => options.send(frame)
    this.name = room
    this.#options = options
    this.#courier = new Courier({ room, outbox, me, random, send: (frame) => this.#attendance.joined && send(frame) })
    this.#attendance = new Attendance({
      room,
      send,
      random,
      left: () => {
        this.#away()
        changed()
      },
      terms: (fresh) => this.#terms(fresh),
      busy: () => this.#courier.waiting().length > 0,
    })
    const lost = () => this.#attendance.listen(true)
    const speak = (frame: Outgoing) => this.#attendance.joined && send(frame)
    this.#typing = new Typing(() => speak({ type: 'chat.typing', room }), changed)
    this.#reading = new Reading({ room, me, send: speak, changed })
    this.#pager = new Pager({ room, timeline: this.#timeline, send, random, changed, lost })
    this.commands = new Listing((ref) => send({ type: 'room.commands', room, ref }))
    this.members = new Listing((ref, after = '') => send({ type: 'room.members', room, ref, after, limit: MEMBERS }))
    this.#aside = new Aside({ room, live: this.#timeline, send: speak, random, changed })
    this.#quotes = new Quotes({ room, live: this.#timeline, send: speak, changed })
    this.#view = new Store(this.#look())
    outbox.all.subscribe(() => {
      this.#courier.onOutbox()
      changed()
    })
  }

  get view(): Readable<RoomView> {
    return this.#view
  }

  /** Someone looks at the room from now on, until the returned function is called. */
  enter(): () => void {
    const leave = this.#attendance.enter()
    this.#reading.arrive()
    if (this.#attendance.settled) this.#reading.back(this.#timeline.tip)
    return () => {
      this.#reading.leave()
      leave()
    }
  }

  /** Someone looks again at the page, which was out of sight. */
  back(): void {
    if (this.#attendance.settled) this.#reading.back(this.#timeline.tip)
  }

  /** A person has the newest message before them. */
  see(): void {
    this.#readsAt = undefined
    if (this.#attendance.joined && !this.#timeline.ephemeral) this.#reading.see(this.#timeline.tip)
  }

  /** One is writing a message. */
  writing(): void {
    this.#typing.writing()
  }

  /** Sends a message; `replyTo` is the id of the one that it answers. */
  send(text: string, replyTo?: string): void {
    this.#typing.wrote()
    this.#put(text, replyTo === undefined ? {} : { replyTo })
  }

  /** Does something with an earlier message; `text` is what an edit makes of it. It shows at once. */
  act(deed: Deed, text = ''): void {
    this.#put(text, { deed })
  }

  /** A person wants what was refused, a message or a deed, tried again. */
  retry(ref: string): void {
    this.#options.outbox.retry(ref, this.#options.me()?.id)
    this.flush()
  }

  discard(ref: string): void {
    this.#options.outbox.remove(ref)
  }

  /** Sends what waits, joining for it if need be. */
  flush(): void {
    if (this.#attendance.joined) this.#courier.flush()
    else this.#attendance.listen()
  }

  /** Asks again to be let in, after a refusal. */
  rejoin(): void {
    this.#attendance.rejoin()
    this.#changed()
  }

  /** Reads the page before the oldest event shown, if there is one. */
  loadOlder(): void {
    if (!this.#attendance.joined) return
    if (this.#aside.timeline === undefined) this.#pager.loadOlder()
    else this.#aside.load('older')
  }

  /** Reads the page after the newest event shown, where that is not the present. */
  loadNewer(): void {
    if (this.#attendance.joined) this.#aside.load('newer')
  }

  /** Has the message of this id among what is shown, or tells in the view that it is lost. */
  visit(id: string): void {
    if (this.#timeline.has(id)) return this.present()
    if (this.#aside.timeline?.has(id) !== true) this.#aside.visit(id)
  }

  /** Shows the present again. */
  present(): void {
    this.#readsAt = undefined
    this.#aside.leave()
    this.#changed()
  }

  /** A person reads at this seq, and not at the present. */
  readingAt(seq: number): void {
    this.#readsAt = seq
    this.#aside.bound(seq)
  }

  /** Wants messages that are answered, by id, where they are not at hand. */
  quote(ids: readonly string[]): void {
    if (this.#attendance.joined) this.#quotes.want(ids)
  }

  /** How many messages came from others after this seq. */
  countAfter(seq: number): number {
    const me = this.#options.me()?.id
    return this.#timeline.since(seq).filter((event) => isMessage(event) && event.from.id !== me).length
  }

  /** Keeps a long stay from filling the memory; only while nobody reads the old events. */
  trim(keep: number): void {
    if (this.#timeline.trim(keep)) this.#changed()
  }

  /** The connection is open and the hub knows us. */
  online(): void {
    this.#attendance.online()
  }

  offline(): void {
    this.#attendance.offline()
    this.#courier.reset()
    this.#timeline.interrupted()
    this.#away()
    this.commands.offline()
    this.members.offline()
    this.#changed()
  }

  /** The hub says how far one has read here. */
  learnRead(seq: number): void {
    this.#reading.learn(seq)
  }

  get joined(): boolean {
    return this.#attendance.joined
  }

  handle(frame: Frame): void {
    if ('other' in frame) return this.#add([frame])
    switch (frame.type) {
      case 'room.joined':
        return this.#onJoined(frame)
      case 'room.history':
        this.#courier.recognise(frame.events ?? [])
        this.#aside.onHistory(frame)
        this.#quotes.onHistory(frame)
        this.#hear(() => this.#pager.onHistory(frame))
        return this.#changed()
      case 'chat.received_message':
        this.#typing.stopped([frame.from.id])
        return this.#add([frame])
      case 'chat.edited_message':
      case 'chat.deleted_message':
      case 'chat.reacted':
      case 'chat.pressed_button':
        return this.#add([frame])
      case 'room.gap':
        this.#timeline.pass(frame)
        return this.#changed()
      case 'chat.typing':
        return frame.from.id === this.#options.me()?.id ? undefined : this.#typing.heard(frame.from)
      case 'chat.read':
        return frame.from.id === this.#options.me()?.id ? this.#reading.learn(frame.read) : undefined
      case 'room.members':
        return this.#onMembers(frame)
      case 'room.commands':
        return void this.commands.onPage(frame.ref, frame.commands, undefined)
      case 'member.changed':
        return this.members.outdated()
      case 'presence.changed':
        this.#presence = changePresence(this.#presence, frame)
        this.#typing.stopped(frame.left ?? [])
        return this.#changed()
      case 'error':
        this.#courier.onError(frame)
        this.#pager.onError(frame)
        this.#aside.onError(frame)
        this.#quotes.onError(frame)
        this.#attendance.onError(frame)
        this.#reading.onError(frame, this.#timeline.tip)
        this.commands.onError(frame.ref)
        this.members.onError(frame.ref)
        return this.#changed()
      default:
        return undefined
    }
  }

  /** Two ask: one for all, one for how far one has read. */
  #onMembers(frame: Members): void {
    const last = frame.more ? frame.members.at(-1)?.id : undefined
    if (!this.members.onPage(frame.ref, frame.members, last)) this.#reading.onMembers(frame, this.#timeline.tip)
  }

  #put(text: string, what: Pick<Pending, 'deed' | 'replyTo'>): void {
    this.#options.outbox.add(this.name, text, this.#options.me()?.id, what)
    this.flush()
  }

  #terms(fresh: boolean) {
    const { epoch, tip } = this.#timeline
    const refs = this.#courier.waiting().slice(0, REFS).map((p) => p.ref)
    return {
      limit: PAGE,
      ...(epoch !== undefined && !fresh && { since: tip, epoch }),
      ...(refs.length > 0 && { refs }),
    }
  }

  #onJoined(frame: Joined): void {
    if (!this.#attendance.onJoined(frame)) return
    const events = frame.events ?? []
    this.#courier.recognise(events)
    const same = frame.epoch === this.#timeline.epoch
    if (frame.recovered && same) this.#hear(() => this.#timeline.resume({ ...frame, events }))
    // What was missed in a room that keeps nothing is lost; what is on the page already is not.
    else if (frame.ephemeral && same) this.#timeline.pass({ type: 'room.gap', room: frame.room, after: this.#timeline.tip, seq: frame.head })
    else this.#replace(frame, events)
    for (const { ref, seq } of frame.kept ?? []) this.#options.outbox.keep(ref, seq)
    if (frame.present) this.#presence = joinedPresence(this.#presence, frame.present)
    if (!frame.ephemeral) this.#reading.joined(this.#timeline.tip)
    this.#pager.fill()
    this.#aside.resume()
    this.#courier.flush()
    this.#changed()
  }

  #replace(frame: Joined, events: readonly Logged[]): void {
    this.#pager.drop()
    this.#quotes.clear()
    const same = frame.epoch === this.#timeline.epoch
    if (same && this.#readsAt !== undefined && !frame.ephemeral) this.#aside.takeOver(this.#readsAt)
    if (this.#timeline.epoch !== undefined) this.#aside.stale(same)
    // Another history: what the old one had acknowledged can't appear in this one.
    if (!same) {
      this.#options.outbox.shown(this.name, Infinity)
      if (this.#timeline.epoch !== undefined) this.#reading.reset()
    }
    this.#timeline.replace({ ...frame, events })
  }

  #add(events: readonly Logged[]): void {
    this.#courier.recognise(events)
    this.#hear(() => this.#timeline.add(events))
    if (this.#attendance.settled) this.#pager.fill()
    this.#changed()
  }

  /** Lets the live run go on, and what is beside it hear of it. */
  #hear(goOn: () => void): void {
    const before = this.#timeline.tip
    goOn()
    if (this.#timeline.tip === before) return
    const fresh = this.#timeline.since(before)
    this.#aside.touch(fresh)
    this.#quotes.touch(fresh)
    if (this.#aside.timeline !== undefined && this.#timeline.events.length > 2 * PRESENT) this.#timeline.trim(PRESENT)
  }

  #away(): void {
    this.#pager.drop()
    this.#aside.drop()
    this.#quotes.drop()
    this.#typing.clear()
    this.#reading.offline()
  }

  #changed(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#options.schedule(() => {
      this.#dirty = false
      this.#options.outbox.shown(this.name, this.#timeline.tip)
      this.#view.set(this.#look())
      this.#count()
      this.#attendance.leaveIfIdle()
    })
  }

  /** Counts what came from others after what one has read, as far as it is at hand. */
  #count(): void {
    const upTo = this.#reading.upTo
    const me = this.#options.me()
    if (!this.#attendance.joined || upTo === undefined || me === undefined) return
    const count = { unread: 0, mentions: 0 }
    for (const message of this.#timeline.messages.toReversed()) {
      if (message.seq <= upTo) break
      if (message.from.id === me.id || message.deleted) continue
      count.unread++
      if (mentions(message.text ?? '', me)) count.mentions++
    }
    this.#options.counted(count)
  }

  #look(): RoomView {
    const unseen = this.#courier.unseen()
    const part = this.#aside.timeline
    const shown = part ?? this.#timeline
    return {
      known: this.#timeline.epoch !== undefined,
      joined: this.#attendance.joined,
      refused: this.#attendance.refused,
      tip: this.#timeline.tip,
      aside: part !== undefined,
      lost: this.#aside.lost,
      events: shown.events,
      messages: overlaid(shown.messages, unseen, this.#options.me()?.id ?? ''),
      quotes: this.#quotes.all,
      // They follow the present.
      pending: part === undefined ? unseen.filter((p) => p.deed === undefined) : [],
      refusedDeeds: unseen.filter((p) => p.deed !== undefined && p.problem !== undefined),
      held: this.#courier.held,
      ephemeral: this.#timeline.ephemeral,
      atStart: shown.atStart,
      loading: this.#pager.loadingOlder || this.#aside.loading,
      presence: this.#presence,
      typing: this.#typing.users,
      newAfter: this.#reading.newAfter,
      echoes: this.#courier.echoes,
    }
  }
}
