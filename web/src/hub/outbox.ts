import * as v from 'valibot'
import { newRef } from './ref'
import { Store, type Readable } from './store'
import type { Storage } from './storage'

/** What one does with an earlier message. An edit's new text is that of its [Pending]. */
export type Deed =
  | { readonly type: 'edit'; readonly target: string }
  | { readonly type: 'delete'; readonly target: string }
  | { readonly type: 'react'; readonly target: string; readonly emoji: string; readonly remove: boolean }
  | { readonly type: 'press'; readonly target: string; readonly action: string }

/** A message of one's own, or a deed, that the room's log does not show yet. */
export interface Pending {
  readonly ref: string
  readonly room: string
  readonly text: string
  /** Set when it is no message, but something done with one. */
  readonly deed?: Deed
  /** The id of the message that it answers. */
  readonly replyTo?: string
  /** When it was written, in ms; also its place in the queue. */
  readonly at: number
  /** The id of whoever wrote it; undefined until the hub has told who we are. */
  readonly by: string | undefined
  /** Set when the hub has acknowledged it: it is in the log, only its event has not come yet. */
  readonly seq?: number
  /** Set when the hub refused it: it waits for a person to decide. */
  readonly problem?: Problem
}

export interface Problem {
  readonly code: string
  readonly message: string
}

const PREFIX = 'hubbub.out.'

/**
 * What was written and not yet acknowledged, kept through reloads under one storage key per message, so that tabs
 * sharing it never overwrite each other. Two tabs may send the same message: its ref makes it one.
 */
export class Outbox {
  readonly #storage: Storage
  readonly #now: () => number
  readonly #all: Store<readonly Pending[]>

  constructor(storage: Storage, now: () => number = Date.now) {
    this.#storage = storage
    this.#now = now
    this.#all = new Store(load(storage))
    storage.watch((key) => {
      if (key === undefined || key.startsWith(PREFIX)) this.#reload()
    })
  }

  /** All of it, oldest first. */
  get all(): Readable<readonly Pending[]> {
    return this.#all
  }

  /** What is to be sent to a room by this author, in order. */
  waiting(room: string, by: string | undefined): Pending[] {
    return this.#all.get().filter((p) => p.room === room && isWaiting(p) && (p.by === undefined || p.by === by))
  }

  has(ref: string): boolean {
    return this.#all.get().some((p) => p.ref === ref)
  }

  /** Puts a message, or a deed with its text, at the end of the queue. */
  add(room: string, text: string, by: string | undefined, { deed, replyTo }: Pick<Pending, 'deed' | 'replyTo'> = {}): Pending {
    return this.#put({ ref: newRef(), room, text, at: this.#tail(), by, ...(deed && { deed }), ...(replyTo !== undefined && { replyTo }) })
  }

  /** The hub has it, at this seq. */
  keep(ref: string, seq: number): void {
    this.#change(ref, ({ problem: _problem, ...p }) => ({ ...p, seq }))
    this.#storage.remove(PREFIX + ref)
  }

  /** The hub refused it. */
  fail(ref: string, problem: Problem): void {
    this.#change(ref, (p) => (p.seq === undefined ? this.#store({ ...p, problem }) : p))
  }

  /** Puts a refused message back at the end of the queue, as this author's, under its own ref unless that one is taken by other content. */
  retry(ref: string, by: string | undefined): void {
    const found = this.#all.get().find((entry) => entry.ref === ref)
    if (found?.problem === undefined) return
    const { problem, ...p } = found
    this.remove(ref)
    this.#put({ ...p, ref: problem.code === 'conflict' ? newRef() : ref, at: this.#tail(), by })
  }

  remove(ref: string): void {
    this.#storage.remove(PREFIX + ref)
    this.#all.set(this.#all.get().filter((p) => p.ref !== ref))
  }

  clear(): void {
    for (const key of this.#storage.keys(PREFIX)) this.#storage.remove(key)
    this.#all.set([])
  }

  /** Drops the acknowledged messages of a room that its timeline, complete up to tip, shows by now. */
  shown(room: string, tip: number): void {
    const all = this.#all.get()
    const rest = all.filter((p) => p.room !== room || p.seq === undefined || p.seq > tip)
    if (rest.length < all.length) this.#all.set(rest)
  }

  /** Messages written before the hub told who we are are ours. */
  claim(by: string): void {
    for (const p of this.#all.get()) if (p.by === undefined) this.#change(p.ref, () => this.#store({ ...p, by }))
  }

  /** An identity is gone: whether its messages go out again under another is for a person to decide. */
  orphan(by: string): void {
    const problem = { code: 'unauthorized', message: 'It was written under a guest name that is no longer valid.' }
    for (const p of this.#all.get()) {
      if (p.by === by && isWaiting(p)) this.#change(p.ref, () => this.#store({ ...p, by: undefined, problem }))
    }
  }

  #tail(): number {
    return Math.max(this.#now(), (this.#all.get().at(-1)?.at ?? 0) + 1)
  }

  #put(p: Pending): Pending {
    this.#all.set([...this.#all.get(), this.#store(p)])
    return p
  }

  #store(p: Pending): Pending {
    this.#storage.set(PREFIX + p.ref, JSON.stringify(p))
    return p
  }

  #change(ref: string, change: (p: Pending) => Pending): void {
    this.#all.set(this.#all.get().map((p) => (p.ref === ref ? change(p) : p)))
  }

  #reload(): void {
    const kept = this.#all.get().filter((p) => p.seq !== undefined)
    const stored = load(this.#storage).filter((p) => !kept.some((k) => k.ref === p.ref))
    this.#all.set([...kept, ...stored].toSorted(inOrder))
  }
}

/** The same in every tab. */
const inOrder = (a: Pending, b: Pending): number => a.at - b.at || (a.ref < b.ref ? -1 : 1)

/** Whether it is yet to be sent, without a person's doing. */
export const isWaiting = (p: Pending): boolean => p.seq === undefined && p.problem === undefined

function load(storage: Storage): Pending[] {
  const found: Pending[] = []
  for (const key of storage.keys(PREFIX)) {
    const p = read(storage.get(key))
    if (p !== undefined) found.push(p)
  }
  return found.toSorted(inOrder)
}

const stored = v.object({
  ref: v.string(),
  room: v.string(),
  text: v.string(),
  at: v.number(),
  by: v.optional(v.string()),
  replyTo: v.optional(v.string()),
  deed: v.optional(
    v.variant('type', [
      v.object({ type: v.literal('edit'), target: v.string() }),
      v.object({ type: v.literal('delete'), target: v.string() }),
      v.object({ type: v.literal('react'), target: v.string(), emoji: v.string(), remove: v.boolean() }),
      v.object({ type: v.literal('press'), target: v.string(), action: v.string() }),
    ]),
  ),
  problem: v.optional(v.object({ code: v.string(), message: v.string() })),
})

function read(json: string | undefined): Pending | undefined {
  try {
    const { problem, deed, by, replyTo, ...rest } = v.parse(stored, JSON.parse(json ?? ''))
    return { ...rest, by, ...(replyTo !== undefined && { replyTo }), ...(deed && { deed }), ...(problem && { problem }) }
  } catch {
    return undefined // written by a later version, or damaged
  }
}
