import { AGAIN_MS, backoff } from './backoff'
import type { Failure, Joined, Outgoing } from './frames'
import { Question } from './question'
import { newRef } from './ref'

type Join = Extract<Outgoing, { type: 'room.join' }>

export interface AttendanceOptions {
  readonly room: string
  /** What the next join names; `fresh` reads the newest page instead of what was missed. */
  terms(fresh: boolean): Pick<Join, 'limit' | 'since' | 'epoch' | 'refs'>
  /** Whether something is to be done in the room though nobody looks. */
  busy(): boolean
  send(frame: Outgoing): boolean
  random(): number
  /** The room was left. */
  left(): void
}

const LINGER_MS = 1_000
const TRANSIENT = new Set(['unavailable', 'internal', 'rate_limited', 'slow'])
/** So many times "not now" is nothing to tell a person. */
const TRIES_UNTOLD = 3

type Timer = ReturnType<typeof setTimeout>

/** Whether this page listens to one room: it joins when someone looks or something waits, and leaves a while after. */
export class Attendance {
  readonly #options: AttendanceOptions
  readonly #join = new Question()
  #refused: Failure | undefined
  #online = false
  #joined = false
  #viewers = 0
  #attempt = 0
  #retry: Timer | undefined
  #linger: Timer | undefined

  constructor(options: AttendanceOptions) {
    this.#options = options
  }

  get joined(): boolean {
    return this.#joined
  }

  /** Joined, and no other answer to that question is awaited. */
  get settled(): boolean {
    return this.#joined && !this.#join.open
  }

  /** Why the hub does not let us in. */
  get refused(): Failure | undefined {
    return this.#refused
  }

  /** Someone looks at the room from now on, until the returned function is called. */
  enter(): () => void {
    this.#viewers++
    this.listen()
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      this.#viewers--
      clearTimeout(this.#linger)
      this.#linger = setTimeout(() => {
        this.#linger = undefined
        this.leaveIfIdle()
      }, LINGER_MS)
    }
  }

  online(): void {
    this.#online = true
    this.listen()
  }

  offline(): void {
    this.#online = this.#joined = false
    this.#join.drop()
    this.#attempt = 0
    clearTimeout(this.#retry)
  }

  /** Asks to be let in, unless that is done or under way. */
  listen(fresh = false): void {
    if (!this.#online || (this.#viewers === 0 && !this.#options.busy())) return
    if ((this.#joined && !fresh) || this.#join.open) return
    const { room, send, terms } = this.#options
    clearTimeout(this.#retry)
    this.#join.ask(
      (ref) => send({ type: 'room.join', room, ref, ...terms(fresh) }),
      () => this.listen(fresh),
    )
  }

  /** Asks again after a refusal. */
  rejoin(): void {
    this.#refused = undefined
    this.listen()
  }

  /** Whether this is the answer that was waited for. */
  onJoined(frame: Joined): boolean {
    if (!this.#join.answered(frame.ref)) return false
    this.#joined = true
    this.#refused = undefined
    this.#attempt = 0
    return true
  }

  onError(frame: Failure): void {
    if (!this.#join.answered(frame.ref)) return
    const passes = TRANSIENT.has(frame.code)
    if (passes) {
      const fresh = this.#joined
      this.#retry = setTimeout(() => this.listen(fresh), backoff(this.#attempt++, this.#options.random, AGAIN_MS))
    }
    if (!passes || this.#attempt > TRIES_UNTOLD) this.#refused = frame
  }

  leaveIfIdle(): void {
    if (this.#viewers > 0 || this.#linger !== undefined || !this.#joined || this.#options.busy()) return
    this.#joined = false
    this.#join.drop()
    this.#options.send({ type: 'room.leave', room: this.#options.room, ref: newRef() })
    this.#options.left()
  }
}
