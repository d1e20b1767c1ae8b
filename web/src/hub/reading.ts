import type { Failure, Members, Outgoing, User } from './frames'
import { Question } from './question'
import { newRef } from './ref'

export interface ReadingOptions {
  readonly room: string
  me(): User | undefined
  /** Hands a frame to the connection; false when the room can't be spoken in now. */
  send(frame: Outgoing): boolean
  changed(): void
}

const MARK_MS = 1_000

/** How far one has read a room: the hub's mark, which other tabs move too, and what this page has shown since. */
export class Reading {
  readonly #options: ReadingOptions
  readonly #question = new Question()
  /** The hub's mark; undefined before it told. */
  #mark: number | undefined
  /** The newest seq that was shown to a person. */
  #seen = 0
  #told = 0
  #ref: string | undefined
  #pause: ReturnType<typeof setTimeout> | undefined
  #arrived = false
  /** Whether the hub was asked on this connection. */
  #asked = false
  #newAfter: number | undefined

  constructor(options: ReadingOptions) {
    this.#options = options
  }

  /** All up to here is read, as far as it is known; undefined before the hub told. */
  get upTo(): number | undefined {
    return this.#mark === undefined ? undefined : Math.max(this.#mark, this.#seen)
  }

  /** The seq after which stood what was new when one came. */
  get newAfter(): number | undefined {
    return this.#newAfter
  }

  /** Someone begins to look: what is unread now is new. */
  arrive(): void {
    this.#arrived = true
    this.#newAfter = undefined
  }

  /** The room was joined, with all up to tip: asks for the mark, which may have moved elsewhere. */
  joined(tip: number): void {
    if (this.#asked) return
    const { me, room, send } = this.#options
    const id = me()?.id ?? ''
    this.#asked = true
    this.#told = 0
    // The page of members that begins with oneself.
    const ask = (ref: string) => void send({ type: 'room.members', room, ref, after: id.slice(0, -1), limit: 1 })
    this.#question.ask(ask, () => this.#settle(tip))
    this.#flush()
  }

  onMembers(frame: Members, tip: number): void {
    if (!this.#question.answered(frame.ref)) return
    const mine = frame.members.find((member) => member.id === this.#options.me()?.id)
    this.#mark = Math.max(this.#mark ?? 0, mine?.read ?? 0)
    this.#settle(tip)
  }

  onError({ ref, code }: Failure, tip: number): void {
    if (this.#question.answered(ref)) this.#settle(tip)
    if (ref !== undefined && ref === this.#ref && code === 'rate_limited') {
      this.#told = 0
      this.#later()
    }
  }

  /** The hub says how far one has read. */
  learn(mark: number): void {
    this.#mark = Math.max(this.#mark ?? 0, mark)
    this.#options.changed()
  }

  /** Someone looks again at a room that was joined all the while: what came meanwhile is new. */
  back(tip: number): void {
    this.#arrived = true
    if (!this.#question.open) this.#settle(tip)
  }

  /** A person has the event of this seq, the newest, before them. The hub is told at most once a second. */
  see(seq: number): void {
    if (seq <= this.#seen) return
    this.#seen = seq
    this.#flush()
    this.#options.changed()
  }

  /** Tells at once what was seen, before it is too late. */
  leave(): void {
    this.#free()
    this.#flush()
  }

  /** The connection is gone, or the room was left. */
  offline(): void {
    this.#asked = false
    this.#question.drop()
    this.#free()
  }

  /** Another history: its seqs mean something else. */
  reset(): void {
    this.#mark = this.#newAfter = undefined
    this.#seen = this.#told = 0
    this.#asked = false
  }

  #settle(tip: number): void {
    if (this.#arrived && this.#mark !== undefined) {
      this.#arrived = false
      // Where nothing was ever read, all is new, and a line says nothing.
      if (this.#mark > 0 && this.#mark < tip) this.#newAfter = this.#mark
    }
    this.#options.changed()
  }

  #flush(): void {
    const seq = this.#seen
    if (this.#pause !== undefined || seq <= Math.max(this.#mark ?? 0, this.#told)) return
    const ref = newRef()
    if (!this.#options.send({ type: 'chat.mark_read', room: this.#options.room, ref, seq })) return
    this.#told = seq
    this.#ref = ref
    this.#later()
  }

  #later(): void {
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#flush()
    }, MARK_MS)
  }

  #free(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
  }
}
