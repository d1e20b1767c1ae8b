import { newRef } from './ref'

const ANSWER_WITHIN_MS = 10_000

/** A request of which one at a time is under way: knows its answer by the ref, and gives up waiting in time. */
export class Question {
  #ref: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  get open(): boolean {
    return this.#ref !== undefined
  }

  /** Sends the request under a fresh ref; an earlier one of this question is forgotten. */
  ask(send: (ref: string) => void, unanswered: () => void): void {
    this.drop()
    const ref = newRef()
    this.#ref = ref
    this.#timer = setTimeout(() => {
      this.drop()
      unanswered()
    }, ANSWER_WITHIN_MS)
    send(ref)
  }

  /** Whether a frame with this ref is the answer; if so the question is closed. */
  answered(ref: string | undefined): boolean {
    if (ref === undefined || ref !== this.#ref) return false
    this.drop()
    return true
  }

  drop(): void {
    clearTimeout(this.#timer)
    this.#ref = undefined
  }
}
