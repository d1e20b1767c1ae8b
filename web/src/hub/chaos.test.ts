import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isMessage } from './events'
import { Hub } from './hub'
import { memoryStorage } from './storage'
import { FakeHub, seeded } from './testing/fake-hub'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A run of random events: writing, frames late, early, twice or never, broken connections, reloads of the page. */
class Run {
  readonly server = new FakeHub()
  readonly random: () => number
  readonly storage = memoryStorage()
  readonly written: string[] = []
  hub: Hub

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
    else if (dice < 0.3) this.server.speak(`other ${this.server.log.length}`)
    else if (dice < 0.65) this.server.deliver(Math.floor(this.random() * 4), this.random() < 0.15)
    else if (dice < 0.67) this.server.lose()
    else if (dice < 0.7) this.server.cut(this.random() < 0.5 ? 1006 : 1012)
    else if (dice < 0.71) this.reload()
    else if (dice < 0.73) this.room.loadOlder()
    else if (dice < 0.75) this.server.mood = this.random() < 0.5 ? () => this.busy(0.5) : () => undefined
    else vi.advanceTimersByTime(Math.floor(this.random() * 400))
  }

  /** Refuses a share of what it is asked, whatever was refused before. */
  busy(share: number): string | undefined {
    if (this.random() >= share) return undefined
    return this.random() < 0.5 ? 'rate_limited' : 'unavailable'
  }

  write(): void {
    const text = `mine ${this.written.length}`
    this.written.push(text)
    this.room.send(text)
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

  own(): (string | undefined)[] {
    return this.server.log.filter((e) => e.from.id === 'u1').map((e) => e.text)
  }

  seqs(): number[] {
    return this.room.view.get().events.map((e) => e.seq)
  }

  /** At every moment: a run without holes, and nothing of one's own lost from sight or shown twice. */
  check(): void {
    const { events, pending } = this.room.view.get()
    const first = events[0]?.seq ?? 0
    expect(this.seqs()).toEqual(events.map((_, i) => first + i))
    const own = events.filter(isMessage).filter((e) => e.from.id === 'u1')
    const shown = [...own.map((e) => e.text), ...pending.map((p) => p.text)]
    expect(new Set(shown).size, 'shown twice').toBe(shown.length)
    for (const text of this.written) {
      if (shown.includes(text)) continue
      const kept = this.server.log.find((e) => e.text === text)
      expect(kept, `${text} is lost`).toBeDefined()
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
    const { log } = run.server
    const { events, pending } = run.room.view.get()
    expect(pending).toEqual([])
    expect(events).toEqual(log.slice(log.length - events.length))
    expect(events.length).toBeGreaterThanOrEqual(Math.min(50, log.length))
    expect(run.own(), 'each once, in the order written').toEqual(run.written)
    for (let i = 0; i < 20; i++) {
      run.room.loadOlder()
      run.server.deliverAll()
    }
    expect(run.room.view.get().events).toEqual(log)
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
