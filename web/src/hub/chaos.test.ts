import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Message } from './events'
import { Hub } from './hub'
import { memoryStorage } from './storage'
import { FakeHub, seeded } from './testing/fake-hub'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const EMOJIS = ['👍', '🎉', '🫖']
const BUTTONS = [{ action: 'yes', label: 'Yes' }, { action: 'no', label: 'No' }]

/** A run of random events: writing, changing what was written, frames late, early, twice or never, broken connections, reloads of the page. */
class Run {
  readonly server = new FakeHub()
  readonly random: () => number
  readonly storage = memoryStorage()
  readonly written: string[] = []
  /** What was answered, by the text of the answer. */
  readonly answered = new Map<string | undefined, string>()
  hub: Hub
  /** What messages on the page were found to stand like. */
  readonly #checked = new WeakMap<Message, Message | undefined>()

  constructor(seed: number) {
    this.random = seeded(seed)
    this.hub = this.load()
  }

  get room() {
    return this.hub.room('lobby')
  }

  load(): Hub {
    const hub = new Hub({ storage: this.storage, open: this.server.open, random: this.random })
    if (hub.session.identity.get().name === undefined) hub.enter('Ada')
    else hub.start()
    hub.room('lobby').enter()
    return hub
  }

  step(): void {
    const dice = this.random()
    if (dice < 0.12) this.write()
    else if (dice < 0.22) this.server.speak(`other ${this.server.log.head}`, this.random() < 0.3 ? BUTTONS : undefined)
    else if (dice < 0.3) this.otherActs()
    else if (dice < 0.38) this.act()
    else if (dice < 0.65) this.server.deliver(Math.floor(this.random() * 4), this.random() < 0.15)
    else if (dice < 0.67) this.server.lose()
    else if (dice < 0.7) this.server.cut(this.random() < 0.5 ? 1006 : 1012)
    else if (dice < 0.71) this.reload()
    else if (dice < 0.73) this.room.loadOlder()
    else if (dice < 0.74) this.room.loadNewer()
    else if (dice < 0.755) this.look()
    else if (dice < 0.775) this.server.mood = this.random() < 0.5 ? () => this.busy(0.5) : () => undefined
    else vi.advanceTimersByTime(Math.floor(this.random() * 400))
  }

  /** Reads elsewhere: around any message of the log, in what is at hand, or at the present again. */
  look(): void {
    const dice = this.random()
    const message = this.pick(dice < 0.5 ? this.server.log.messages : this.room.view.get().messages)
    if (dice > 0.8) this.room.present()
    else if (dice < 0.5 && message !== undefined) this.room.visit(message.id)
    else if (message !== undefined) this.room.readingAt(message.seq)
    if (message !== undefined) this.room.quote([message.id])
  }

  /** Refuses a share of what it is asked, whatever was refused before. */
  busy(share: number): string | undefined {
    if (this.random() >= share) return undefined
    return this.random() < 0.5 ? 'rate_limited' : 'unavailable'
  }

  write(): void {
    const text = `mine ${this.written.length}`
    this.written.push(text)
    const answered = this.random() < 0.3 ? this.pick(this.room.view.get().messages)?.id : undefined
    if (answered !== undefined) this.answered.set(text, answered)
    this.room.send(text, answered)
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.random() * from.length)]
  }

  /** Does something with a message on the page. */
  act(): void {
    const message = this.pick(this.room.view.get().messages)
    if (message === undefined || message.deleted) return
    const dice = this.random()
    const target = message.id
    const button = this.pick(message.buttons ?? [])
    if (button !== undefined && dice < 0.5) return this.room.act({ type: 'press', target, action: button.action })
    if (dice < 0.5 || message.from.id !== 'u1') {
      return this.room.act({ type: 'react', target, emoji: this.pick(EMOJIS) ?? '', remove: this.random() < 0.4 })
    }
    if (dice < 0.9) this.room.act({ type: 'edit', target }, `${message.text} again`)
    else this.room.act({ type: 'delete', target })
  }

  /** Somebody else does, with one of the newest. */
  otherActs(): void {
    const message = this.pick(this.server.log.messages.slice(-30))
    if (message === undefined) return
    const target = message.id
    const dice = this.random()
    const button = this.pick(message.buttons ?? [])
    if (button !== undefined && dice < 0.5) this.server.act({ type: 'chat.press_button', target, action: button.action })
    else if (dice < 0.5) this.server.act({ type: 'chat.react', target, emoji: this.pick(EMOJIS) ?? '', remove: this.random() < 0.4 })
    else if (dice < 0.9) this.server.act({ type: 'chat.edit_message', target, text: `${message.text} again` })
    else this.server.act({ type: 'chat.delete_message', target })
  }

  reload(): void {
    this.hub.stop()
    this.hub = this.load()
  }

  /** The network behaves from now on; one more reconnect tells what was lost. */
  settle(): void {
    this.server.mood = () => undefined
    this.server.cut()
    for (let i = 0; i < 300; i++) {
      vi.advanceTimersByTime(100)
      this.server.deliverAll()
    }
  }

  /** Time passes, and frames arrive, until nothing waits. */
  drain(seconds: number): void {
    for (let i = 0; i < seconds * 50 && this.hub.outbox.all.get().length > 0; i++) {
      vi.advanceTimersByTime(20)
      this.server.deliverAll()
      this.check()
    }
    expect(this.hub.outbox.all.get()).toEqual([])
  }

  /** What one has written, as it was written. */
  own(): (string | undefined)[] {
    return this.server.log.messages.filter((e) => e.from.id === 'u1').map((e) => this.original(e))
  }

  original({ id }: Pick<Message, 'id'>): string | undefined {
    return this.server.log.versions.get(id)?.[0]?.message.text
  }

  seqs(): number[] {
    return this.room.view.get().events.map((e) => e.seq)
  }

  /** At every moment: a run without holes, nothing of one's own lost from sight or shown twice, and each message as it once stood. */
  check(): void {
    const { events, messages, pending, aside, tip } = this.room.view.get()
    const first = events[0]?.seq ?? 0
    expect(this.seqs()).toEqual(events.map((_, i) => first + i))
    this.checkStanding(tip)
    if (aside) return
    const own = messages.filter((e) => e.from.id === 'u1')
    const shown = [...own.map((e) => this.original(e)), ...pending.map((p) => p.text)]
    expect(new Set(shown).size, 'shown twice').toBe(shown.length)
    const known = new Set([...shown, ...this.own()])
    expect(this.written.filter((text) => !known.has(text)), 'lost').toEqual([])
  }

  /** A message is never behind the changes that the page has, but for those that a later one took away. */
  checkStanding(tip: number): void {
    const { events, messages, aside, loading, quotes } = this.room.view.get()
    const blank = new Set(events.filter((e) => e.type === 'chat.edited_message' && !('text' in e)).map((e) => 'target' in e ? e.target : ''))
    const touched = new Set(this.hub.outbox.all.get().map((p) => p.deed?.target))
    if (aside && loading) return // it may be read anew
    for (const shown of [...messages, ...quotes.values()]) {
      if (shown === undefined) continue
      if (blank.has(shown.id) || touched.has(shown.id)) continue
      const known = this.server.log.versions.get(shown.id) ?? []
      const stands = known.findLast((version) => version.seq <= Math.max(tip, shown.rev ?? 0))?.message
      if (this.#checked.get(shown) === stands) continue
      const { presses: _, ...message } = shown
      expect(message, `at ${tip}`).toEqual(stands)
      this.#checked.set(shown, stands)
    }
  }

  /** All that the log tells of its messages, its presses too. */
  standing() {
    const { rows, messages } = this.server.log
    return messages.map((message) => {
      const all = rows.filter((row) => row.type === 'chat.pressed_button' && !('other' in row) && row.target === message.id)
      const presses = new Map(all.map((row) => ('action' in row ? [`${row.action} ${row.from.id}`, { action: row.action, user: row.from.id }] : ['', undefined])))
      return presses.size === 0 || message.deleted ? message : { ...message, presses: [...presses.values()] }
    })
  }

  /** What the hub refused for good, such as editing what was deleted, is given up. */
  giveUp(): void {
    for (const { ref, deed } of this.room.view.get().refusedDeeds) {
      expect(this.server.log.messages.find((m) => m.id === deed?.target), 'refused without reason').toMatchObject({ deleted: true })
      this.room.discard(ref)
    }
  }
}

describe('whatever order frames arrive, drop and reconnect, the timeline equals the log', () => {
  it.each(Array.from({ length: 150 }, (_, i) => i + 1))('seed %i', (seed) => {
    const run = new Run(seed)
    for (let i = 0; i < 400; i++) {
      run.step()
      run.check()
    }
    run.settle()
    run.check()
    run.room.present()
    run.check()
    run.giveUp()
    const standing = run.standing()
    const { events, messages, pending } = run.room.view.get()
    expect(pending).toEqual([])
    expect(run.hub.outbox.all.get()).toEqual([])
    expect(messages).toEqual(standing.slice(standing.length - messages.length))
    expect(run.seqs().at(-1) ?? 0).toBe(run.server.log.head)
    expect(events.length).toBeGreaterThanOrEqual(Math.min(50, run.server.log.head))
    expect(run.own(), 'each once, in the order written').toEqual(run.written)
    const answers = run.server.log.messages.filter((m) => m.reply_to !== undefined)
    expect(new Map(answers.map((m) => [run.original(m), m.reply_to])), 'each answers what it was to answer').toEqual(run.answered)
    for (let i = 0; i < 20; i++) {
      run.room.loadOlder()
      run.server.deliverAll()
    }
    expect(run.room.view.get().messages).toEqual(standing)
    expect(run.room.view.get().atStart).toBe(true)
    run.hub.stop()
  })
})

/** A run that has written a lot while the hub was away. */
function written(seed: number): Run {
  const run = new Run(seed)
  run.server.up = false
  run.server.cut()
  for (let i = 0; i < 200; i++) run.write()
  run.server.up = true
  return run
}

describe('what was written while the hub was away goes out in order, each once, by itself', () => {
  it.each(Array.from({ length: 20 }, (_, i) => i + 1))('to a hub that refuses any of it for now, seed %i', (seed) => {
    const run = written(seed)
    run.server.mood = () => run.busy(0.3)
    run.drain(900)
    expect(run.own()).toEqual(run.written)
    run.hub.stop()
  })

  it.each([5, 20, 50])('to a hub that takes %i events a second', (limit) => {
    const run = written(1)
    let full = 0
    run.server.mood = () => {
      const next = Math.max(full, Date.now()) + 1000 / limit
      if (next - Date.now() > 1000) return 'rate_limited'
      full = next
      return undefined
    }
    run.drain(30 + (2 * 200) / limit)
    expect(run.own()).toEqual(run.written)
    expect(run.server.received.length, 'without hammering').toBeLessThan(2 * 200)
    run.hub.stop()
  })
})
