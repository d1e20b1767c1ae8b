import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Hub } from './hub'
import { memoryStorage, type Storage } from './storage'
import { FakeHub } from './testing/fake-hub'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function enter(server: FakeHub, storage: Storage = memoryStorage(), fetcher: typeof fetch = () => Promise.reject(new Error('away'))) {
  const hub = new Hub({ storage, open: server.open, random: () => 0.5, fetch: fetcher })
  hub.enter('Ada')
  pass(server, 10)
  return hub
}

function pass(server: FakeHub, ms: number) {
  for (let i = 0; i < ms; i += 10) {
    vi.advanceTimersByTime(10)
    server.deliverAll()
  }
}

const about = (guests: boolean) => ({ version: '1', guests, create: 'anyone', mqtt: [{ port: 1883, tls: false, local: true, host: '127.0.0.1' }], limits: { text: 100, event: 200 } })

describe('a lost connection', () => {
  it('is mentioned after three seconds, with the time of the next try, and no more when it is back', () => {
    const server = new FakeHub()
    const hub = enter(server)
    server.up = false
    server.cut()
    expect(hub.link.view.get()).toMatchObject({ state: 'connecting', late: false })
    pass(server, 2_900)
    expect(hub.link.view.get().late).toBe(false)
    pass(server, 200)
    expect(hub.link.view.get()).toMatchObject({ late: true, restarting: false })
    const { retryAt } = hub.link.view.get()
    expect(retryAt).toBeGreaterThan(Date.now())
    const before = server.paths.length
    hub.wake()
    expect(server.paths).toHaveLength(before + 1)
    expect(hub.link.view.get().retryAt).toBeUndefined()
    server.up = true
    pass(server, 20_000)
    expect(hub.link.view.get()).toMatchObject({ state: 'online', late: false, retryAt: undefined })
  })

  it('is not mentioned when it is back in time', () => {
    const server = new FakeHub()
    const hub = enter(server)
    server.cut()
    pass(server, 1_000)
    expect(hub.link.isOnline).toBe(true)
    pass(server, 5_000)
    expect(hub.link.view.get()).toMatchObject({ state: 'online', late: false })
  })

  it('is a restart where the hub said so', () => {
    const server = new FakeHub()
    const hub = enter(server)
    server.up = false
    server.tell({ type: 'server.restarting' })
    server.deliverAll()
    server.cut(1012)
    pass(server, 3_100)
    expect(hub.link.view.get()).toMatchObject({ late: true, restarting: true })
    server.up = true
    pass(server, 20_000)
    expect(hub.link.view.get()).toMatchObject({ state: 'online', restarting: false })
  })

  it('is told as too slow, for a while after it is back', () => {
    const server = new FakeHub()
    const hub = enter(server)
    server.cut(4001)
    pass(server, 1_000)
    expect(hub.link.view.get()).toMatchObject({ state: 'online', slow: true })
    pass(server, 8_000)
    expect(hub.link.view.get().slow).toBe(false)
  })

  it('is final where the session is over, and one may enter anew', () => {
    const server = new FakeHub()
    const hub = enter(server)
    server.cut(4003)
    expect(hub.link.view.get()).toMatchObject({ state: 'stopped', ended: true, reason: 'Your session has ended.' })
    pass(server, 60_000)
    expect(server.opened).toBe(1)
    hub.network(true) // which wakes nothing that was stopped
    expect(hub.link.view.get().state).toBe('stopped')
  })

  it('says when it is the browser that has no network', () => {
    const server = new FakeHub()
    const hub = enter(server)
    hub.network(false)
    expect(hub.link.view.get()).toMatchObject({ state: 'online', offline: true })
    hub.network(true)
    expect(hub.link.view.get().offline).toBe(false)
  })

  it('is over where the hub has come to let no guests in', async () => {
    const server = new FakeHub()
    const hub = enter(server, memoryStorage(), (url) => Promise.resolve(Response.json(url === '/api/v1/server' ? about(false) : {}, { status: url === '/api/v1/server' ? 200 : 401 })))
    server.up = false
    server.cut()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(hub.link.view.get()).toMatchObject({ state: 'stopped', reason: 'This hub lets no guests in.' })
  })
})

describe('what the hub says of itself', () => {
  it('stays known while the hub is away, and is not taken from what is no answer', async () => {
    const answers = [Response.json(about(true)), undefined, Response.json({ guests: 'yes' }), new Response('no', { status: 500 })]
    const hub = enter(new FakeHub(), memoryStorage(), () => {
      const next = answers.shift()
      return next === undefined ? Promise.reject(new Error('away')) : Promise.resolve(next)
    })
    expect(hub.server.about.get()).toBeUndefined()
    expect(await hub.server.refresh()).toMatchObject({ guests: true, limits: { text: 100 } })
    expect(await hub.server.refresh()).toMatchObject({ guests: true })
    expect(await hub.server.refresh()).toMatchObject({ guests: true })
    expect(await hub.server.refresh()).toMatchObject({ guests: true })
    expect(answers).toEqual([])
  })
})

describe('leaving', () => {
  it('forgets who one was, what waits, drafts and rooms; whoever enters next is somebody else', () => {
    const server = new FakeHub()
    const storage = memoryStorage()
    const hub = enter(server, storage)
    hub.room('lobby').enter()
    pass(server, 10)
    hub.drafts.set('lobby', 'half a')
    server.up = false
    server.cut()
    hub.room('lobby').send('waits')
    storage.set('hubbub.theme', 'dark')
    hub.leave()
    expect(storage.keys('')).toEqual(['hubbub.theme'])
    expect(hub.session.identity.get()).toEqual({ name: undefined, user: undefined })
    expect(hub.link.view.get().state).toBe('off')
    server.up = true
    hub.enter('Eve')
    pass(server, 20_000)
    expect(server.paths.at(-1)).toBe('/ws?name=Eve')
    expect(server.log.messages).toEqual([])
  })
})
