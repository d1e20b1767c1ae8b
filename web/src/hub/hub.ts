import { Drafts } from './drafts'
import type { Frame, Head, Opened, Outgoing, RoomList } from './frames'
import { Link } from './link'
import { Listing } from './listing'
import { isWaiting, Outbox } from './outbox'
import { parseFrame } from './parse'
import { RecentEmojis } from './recent'
import { Room } from './room'
import { Server } from './server'
import { Session } from './session'
import { Connection, type Closed, type Wire, type WireEvents } from './socket'
import type { Storage } from './storage'
import { nothing, UnreadRooms } from './unread'
import { Visited } from './visited'

export interface HubOptions {
  readonly storage: Storage
  /** Opens a WebSocket to a path of the hub. */
  open(path: string, events: WireEvents): Wire
  readonly fetch?: typeof fetch
  schedule?(tell: () => void): void
  random?(): number
}

/** What another tab of this browser has written is its to send; after this long it may be gone, and we do it. */
const HANDOVER_MS = 5_000
const ROOMS = 500

/** Everything this page knows of the hub: one connection, who we are, the rooms, what waits to be sent. */
export class Hub {
  readonly session: Session
  readonly outbox: Outbox
  readonly visited: Visited
  readonly unread = new UnreadRooms()
  readonly drafts: Drafts
  readonly recent: RecentEmojis
  readonly link = new Link()
  readonly server: Server
  /** The rooms that there are, by name. */
  readonly directory = new Listing<RoomList['rooms'][number]>((ref, after) =>
    this.#send({ type: 'room.list', ref, limit: ROOMS, ...(after !== undefined && { after }) }),
  )
  readonly #options: HubOptions
  readonly #connection: Connection
  readonly #rooms = new Map<string, Room>()
  #refusals = 0
  #handover: ReturnType<typeof setTimeout> | undefined

  constructor(options: HubOptions) {
    this.#options = options
    this.session = new Session(options.storage, options.fetch)
    this.server = new Server(options.fetch)
    this.outbox = new Outbox(options.storage)
    this.outbox.all.subscribe(() => this.#mind())
    this.visited = new Visited(options.storage)
    this.session.onLeft(() => this.#forget())
    this.drafts = new Drafts(options.storage)
    this.recent = new RecentEmojis(options.storage)
    this.#connection = new Connection({
      url: () => this.session.path(),
      open: options.open,
      onFrame: (text) => this.#onFrame(text),
      onTry: () => this.link.connecting(),
      onClosed: (closed) => this.#onClosed(closed),
      ...(options.random && { random: options.random }),
    })
  }

  /** Connects, if anyone has entered a name; stays connected until stop. */
  start(): void {
    if (this.session.identity.get().name === undefined) return
    this.link.connecting()
    this.#connection.start()
  }

  stop(): void {
    clearTimeout(this.#handover)
    this.#handover = undefined
    this.#connection.stop()
    this.#offline()
    this.link.off()
  }

  /** Tries anew after the hub closed the connection for good. */
  retry(): void {
    this.stop()
    this.start()
  }

  /** The network may be back, or the page is looked at again. */
  wake(): void {
    this.#connection.wake()
  }

  /** The browser says whether there is a network. */
  network(online: boolean): void {
    this.link.network(online)
    if (online) this.wake()
  }

  /** Enters under a name, or changes it: the hub learns a name when a connection opens. */
  enter(name: string): void {
    this.session.enter(name)
    this.retry()
  }

  /** Leaves for good: who one was, what waits to be sent, the drafts and the list of rooms go from this browser. */
  leave(): void {
    this.session.leave()
    this.outbox.clear()
    this.drafts.clear()
    this.visited.clear()
    this.recent.clear()
    this.#forget()
  }

  /** Whoever enters next knows nothing of what was read here. */
  #forget(): void {
    this.stop()
    this.unread.clear()
    this.#rooms.clear()
  }

  room(name: string): Room {
    const known = this.#rooms.get(name)
    if (known !== undefined) return known
    const room = new Room({
      name,
      outbox: this.outbox,
      me: () => this.session.user,
      send: (frame) => this.#send(frame),
      schedule: this.#options.schedule ?? ((tell) => tell()),
      random: this.#options.random ?? Math.random,
      counted: (unread) => this.unread.set(name, unread),
    })
    this.#rooms.set(name, room)
    if (this.link.isOnline) room.online()
    return room
  }

  #send(frame: Outgoing): boolean {
    return this.#connection.send(JSON.stringify(frame))
  }

  #onFrame(text: string): void {
    const frame = parseFrame(text)
    if (frame === undefined) return
    if ('other' in frame) return this.#toRoom(frame.room, frame)
    switch (frame.type) {
      case 'session.opened':
        return this.#onOpened(frame)
      case 'server.restarting':
        return this.link.told('restarting')
      case 'chat.sent_message':
        return this.outbox.keep(frame.ref, frame.seq)
      case 'ok':
        return frame.seq === undefined ? undefined : this.outbox.keep(frame.ref, frame.seq)
      case 'room.added':
        return this.visited.add(frame.room)
      case 'room.removed':
        this.visited.remove(frame.room)
        return this.unread.set(frame.room, nothing)
      case 'room.head':
        return this.#onHead(frame)
      case 'room.list':
        return void this.directory.onPage(frame.ref, frame.rooms, frame.more ? frame.rooms.at(-1)?.name : undefined)
      case 'error':
        this.directory.onError(frame.ref)
        for (const room of this.#rooms.values()) room.handle(frame)
        return undefined
      case 'room.joined':
        this.visited.add(frame.room)
        return this.#toRoom(frame.room, frame)
      default:
        return this.#toRoom(frame.room, frame)
    }
  }

  /** Where a room stands; one that was joined meanwhile counts by itself. */
  #onHead(frame: Head): void {
    const room = this.#rooms.get(frame.room)
    room?.learnRead(frame.read)
    if (room?.joined !== true) this.unread.set(frame.room, frame)
  }

  #toRoom(name: string, frame: Frame): void {
    this.#rooms.get(name)?.handle(frame)
  }

  #onOpened(frame: Opened): void {
    this.#refusals = 0
    const before = this.session.user?.id
    if (!this.session.opened(frame)) return this.#connection.restart()
    if (before !== frame.user.id) this.unread.clear()
    this.outbox.claim(frame.user.id)
    this.link.online()
    for (const { room } of this.outbox.all.get().filter(isWaiting)) this.room(room)
    for (const room of this.#rooms.values()) room.online()
  }

  #onClosed(closed: Closed): void {
    this.#offline()
    if (closed.again === undefined) return this.link.stopped(whyStopped(closed), closed.code === SESSION_ENDED)
    if (closed.code === SLOW) this.link.told('slow')
    if (closed.code === RESTARTING) this.link.told('restarting')
    this.link.waiting(Date.now() + closed.again)
    if (!closed.opened && ++this.#refusals % 2 === 0) void this.#verify()
  }

  /** Refused upgrades say nothing to a script: asks what is the matter. */
  async #verify(): Promise<void> {
    if ((await this.server.refresh())?.guests === false && !this.link.isOnline) {
      this.#connection.stop()
      return this.link.stopped(NO_GUESTS)
    }
    const lost = await this.session.verify()
    if (lost === undefined) return
    this.outbox.orphan(lost)
    this.#connection.wake()
  }

  /** Sees to it that what waits is sent, by whichever tab. */
  #mind(): void {
    if (this.#handover !== undefined || !this.outbox.all.get().some(isWaiting)) return
    this.#handover = setTimeout(() => {
      this.#handover = undefined
      for (const { room } of this.outbox.all.get().filter(isWaiting)) this.room(room).flush()
    }, HANDOVER_MS)
  }

  #offline(): void {
    this.directory.offline()
    for (const room of this.#rooms.values()) room.offline()
  }
}

/** Close codes of the hub's, and the protocol's for a service that restarts. */
const SLOW = 4001
const SESSION_ENDED = 4003
const RESTARTING = 1012
const NO_GUESTS = 'This hub lets no guests in.'

function whyStopped({ code, reason }: Closed): string {
  if (code === SESSION_ENDED) return 'Your session has ended.'
  return reason === '' ? 'The hub closed the connection.' : `The hub closed the connection: ${reason}`
}
