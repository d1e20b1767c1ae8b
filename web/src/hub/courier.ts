import { AGAIN_MS, backoff } from './backoff'
import { isChange, isMessage, type Logged } from './events'
import type { Failure, Outgoing, User } from './frames'
import type { Outbox, Pending } from './outbox'

export interface CourierOptions {
  readonly room: string
  readonly outbox: Outbox
  me(): User | undefined
  /** Hands a frame to the connection; false when the room can't be spoken in now. */
  send(frame: Outgoing): boolean
  random(): number
}

const ANSWER_WITHIN_MS = 10_000
/** What the hub says of its own state, not of the message: it is cured by waiting. */
const NOT_NOW = new Set(['rate_limited', 'unavailable'])

/**
 * Takes what waits for one room, messages and deeds, to the hub and knows it again in the log. One at a time is on its way: the
 * hub may refuse any of them for now, and would take the next one all the same, ahead of it. So each leaves
 * when those before it are kept or refused for good, and order holds whatever the hub answers, in however many tabs.
 */
export class Courier {
  readonly #options: CourierOptions
  readonly #echoes = new Map<number, string>()
  /** The ref that waits for its answer. */
  #sent: string | undefined
  /** Until the answer must have come, or until the next try. */
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #held = false

  constructor(options: CourierOptions) {
    this.#options = options
  }

  /** The refs under which own events were first shown as pending, by seq. */
  get echoes(): ReadonlyMap<number, string> {
    return this.#echoes
  }

  /** Whether the hub takes what waits more slowly than it was written. */
  get held(): boolean {
    return this.#held
  }

  waiting(): Pending[] {
    return this.#options.outbox.waiting(this.#options.room, this.#options.me()?.id)
  }

  /** What of one's own the log does not show yet, messages and deeds, the refused included. */
  unseen(): Pending[] {
    const mine = this.#options.me()?.id
    return this.#options.outbox.all
      .get()
      .filter((p) => p.room === this.#options.room && (p.by === undefined || p.by === mine))
  }

  /** Sends the oldest of what waits, unless its turn has not come. */
  flush(): void {
    const next = this.waiting()[0]
    if (next === undefined || this.#timer !== undefined) return
    if (!this.#options.send(toFrame(next))) return
    this.#sent = next.ref
    this.#pause(ANSWER_WITHIN_MS)
  }

  /** The outbox has changed: what was on its way may be kept, refused for good, or thrown away. */
  onOutbox(): void {
    const waiting = this.waiting()
    if (waiting.length === 0) this.#held = false
    if (this.#sent === undefined || waiting.some((p) => p.ref === this.#sent)) return
    this.#attempt = 0
    this.#free()
    this.flush()
  }

  onError({ ref, code, message }: Failure): void {
    if (ref === undefined || ref !== this.#sent) return
    if (!NOT_NOW.has(code)) return this.#options.outbox.fail(ref, { code, message })
    this.#sent = undefined
    this.#held = true
    this.#pause(backoff(this.#attempt++, this.#options.random, AGAIN_MS))
  }

  /** The connection is gone: what was on its way goes out again on the next one, unless it was kept. */
  reset(): void {
    this.#free()
    this.#attempt = 0
    this.#held = false
  }

  /** An event of one's own is the proof that what was sent was kept. */
  recognise(events: readonly Logged[]): void {
    const mine = this.#options.me()?.id
    for (const event of events) {
      if (!(isMessage(event) || isChange(event)) || event.ref === undefined || event.from.id !== mine) continue
      if (!this.#options.outbox.has(event.ref)) continue
      if (isMessage(event)) this.#echoes.set(event.seq, event.ref)
      this.#options.outbox.keep(event.ref, event.seq)
    }
  }

  #pause(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#free()
      this.flush()
    }, ms)
  }

  #free(): void {
    clearTimeout(this.#timer)
    this.#timer = this.#sent = undefined
  }
}

function toFrame({ room, ref, text, deed, replyTo }: Pending): Outgoing {
  switch (deed?.type) {
    case undefined:
      return { type: 'chat.send_message', room, ref, text, ...(replyTo !== undefined && { reply_to: replyTo }) }
    case 'edit':
      return { type: 'chat.edit_message', room, ref, target: deed.target, text }
    case 'delete':
      return { type: 'chat.delete_message', room, ref, target: deed.target }
    case 'react':
      return { type: 'chat.react', room, ref, target: deed.target, emoji: deed.emoji, ...(deed.remove && { remove: true }) }
    case 'press':
      return { type: 'chat.press_button', room, ref, target: deed.target, action: deed.action }
  }
}
