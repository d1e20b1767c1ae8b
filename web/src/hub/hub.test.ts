import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Hub } from './hub'
import { memoryStorage, type Storage } from './storage'
import { FakeHub } from './testing/fake-hub'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function enter(server: FakeHub, storage: Storage = memoryStorage(), fetcher?: typeof fetch) {
  const hub = new Hub({ storage, open: server.open, random: () => 0.5, ...(fetcher && { fetch: fetcher }) })
  hub.enter('Ada')
  const room = hub.room('lobby')
  const leave = room.enter()
  pass(server, 10)
  return { hub, room, leave, storage }
}

function pass(server: FakeHub, ms: number) {
  for (let i = 0; i < ms; i += 10) {
    vi.advanceTimersByTime(10)
    server.deliverAll()
  }
}

const readyButUnknown = (url: unknown) =>
  Promise.resolve(new Response('', { status: String(url).startsWith('/readyz') ? 200 : 401 }))

describe('sending', () => {
  it('shows a message at once and confirms it without doubling', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    room.send('hi')
    expect(room.view.get().pending).toMatchObject([{ text: 'hi' }])
    server.deliver() // the event itself comes first here
    expect(room.view.get()).toMatchObject({ pending: [], events: [{ text: 'hi', seq: 1 }] })
    server.deliverAll()
    expect(room.view.get()).toMatchObject({ pending: [], events: [{ text: 'hi', seq: 1 }] })
  })

  it('keeps an acknowledged message in sight until its event comes', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.speak('before')
    room.send('hi')
    server.deliver(2) // the acknowledgement
    expect(room.view.get()).toMatchObject({ pending: [{ text: 'hi', seq: 2 }], events: [] })
    server.deliverAll()
    expect(room.view.get()).toMatchObject({ pending: [], events: [{ text: 'before' }, { text: 'hi' }] })
  })

  it('tries a refused message again under the same ref, a conflict under a new one', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    const refs = () => server.received.filter((f) => f.type === 'chat.send_message').map((f) => f.ref)
    server.refuse = 'forbidden'
    room.send('hi')
    server.deliverAll()
    expect(room.view.get().pending).toMatchObject([{ problem: { code: 'forbidden', message: 'Not now.' } }])
    server.refuse = 'conflict'
    room.retry(refs()[0] ?? '')
    server.deliverAll()
    expect(refs()[1]).toBe(refs()[0])
    server.refuse = undefined
    room.retry(refs()[0] ?? '')
    server.deliverAll()
    expect(refs()[2]).not.toBe(refs()[0])
    expect(room.view.get()).toMatchObject({ pending: [], events: [{ text: 'hi' }] })
  })

  it('sends several in order, each when the one before is settled', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.refuse = 'forbidden'
    room.send('not wanted')
    for (const text of ['one', 'two', 'three']) room.send(text)
    expect(server.received.filter((f) => f.type === 'chat.send_message')).toHaveLength(1)
    server.refuse = undefined
    room.discard(room.view.get().pending[0]?.ref ?? '')
    server.deliverAll()
    expect(server.log.messages.map((e) => e.text)).toEqual(['one', 'two', 'three'])
    expect(room.view.get().pending).toEqual([])
  })

  it.each(['rate_limited', 'unavailable'])('tries again by itself after %s, later each time, and says that it waits', (code) => {
    const server = new FakeHub()
    const { room } = enter(server)
    const tries = () => server.received.filter((f) => f.type === 'chat.send_message')
    server.refuse = code
    room.send('one')
    room.send('two')
    pass(server, 300)
    expect(tries()).toHaveLength(1)
    expect(room.view.get()).toMatchObject({ held: true, pending: [{ text: 'one' }, { text: 'two' }] })
    pass(server, 4_000)
    expect(tries().length).toBeLessThan(5)
    expect(room.view.get().pending.filter((p) => p.problem)).toEqual([])
    server.refuse = undefined
    pass(server, 10_000)
    expect(server.log.messages.map((e) => e.text)).toEqual(['one', 'two'])
    expect(new Set(tries().map((f) => f.ref)).size).toBe(2)
    expect(room.view.get()).toMatchObject({ held: false, pending: [] })
  })

  it('sends again what is not answered', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    room.send('one')
    room.send('two')
    server.lose()
    server.lose()
    pass(server, 11_000)
    expect(server.log.messages.map((e) => e.text)).toEqual(['one', 'two'])
    expect(room.view.get().pending).toEqual([])
  })

  it('sends what another tab wrote and left behind', () => {
    const server = new FakeHub()
    const tabs = memoryStorage()
    const watchers: ((key: string) => void)[] = []
    const { hub } = enter(server, { ...tabs, watch: (tell) => (watchers.push(tell), () => {}) })
    const gone = new Hub({ storage: tabs, open: server.open })
    const { ref } = gone.outbox.add('attic', 'left behind', 'u1')
    for (const tell of watchers) tell(`hubbub.out.${ref}`)
    pass(server, 4_900)
    expect(server.log.rows).toEqual([])
    pass(server, 200)
    expect(server.log.rows).toMatchObject([{ text: 'left behind' }])
    expect(hub.outbox.waiting('attic', 'u1')).toEqual([])
    expect(tabs.keys('hubbub.out.')).toEqual([])
  })

  it('forgets a discarded message', () => {
    const server = new FakeHub()
    const { room, storage } = enter(server)
    server.refuse = 'forbidden'
    room.send('hi')
    server.deliverAll()
    room.discard(room.view.get().pending[0]?.ref ?? '')
    expect(room.view.get().pending).toEqual([])
    expect(storage.keys('hubbub.out.')).toEqual([])
  })

  it('keeps what waits through a reload, and does not send again what was kept', () => {
    const server = new FakeHub()
    const { hub, room, storage } = enter(server)
    room.send('reached the log')
    server.cut() // with the acknowledgement on its way
    server.up = false
    room.send('did not')
    hub.stop()
    server.up = true
    server.received.length = 0
    const again = enter(server, storage)
    pass(server, 1000)
    expect(again.room.view.get()).toMatchObject({ pending: [], events: [{ text: 'reached the log' }, { text: 'did not' }] })
    expect(server.received.filter((f) => f.type === 'chat.send_message')).toMatchObject([{ text: 'did not' }])
  })

  it('sends what waits for a room that nobody looks at, then leaves it', () => {
    const server = new FakeHub()
    const { hub, room, leave, storage } = enter(server)
    server.cut()
    room.send('parting words')
    leave()
    hub.stop()
    const other = new Hub({ storage, open: server.open })
    other.start()
    pass(server, 2000)
    expect(server.log.rows).toMatchObject([{ text: 'parting words' }])
    expect(server.received.at(-1)).toMatchObject({ type: 'room.leave', room: 'lobby' })
  })
})

describe('connection', () => {
  it('mentions a lost connection after three seconds, not before', () => {
    const server = new FakeHub()
    const { hub } = enter(server)
    server.up = false
    server.cut()
    pass(server, 2900)
    expect(hub.link.view.get()).toMatchObject({ state: 'connecting', late: false })
    pass(server, 200)
    expect(hub.link.view.get()).toMatchObject({ state: 'connecting', late: true })
    server.up = true
    hub.wake()
    pass(server, 20)
    expect(hub.link.view.get()).toMatchObject({ state: 'online', late: false })
  })

  it.each([1008, 4003])('stops at close code %i until told to try again', (code) => {
    const server = new FakeHub()
    const { hub } = enter(server)
    server.cut(code, 'no guests today')
    pass(server, 60_000)
    expect(server.opened).toBe(1)
    expect(hub.link.view.get().state).toBe('stopped')
    hub.retry()
    pass(server, 100)
    expect(server.opened).toBe(2)
  })

  it.each([1001, 1006, 1012, 4001])('comes back after close code %i and asks for what it missed', (code) => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.speak('one')
    pass(server, 10)
    server.cut(code)
    server.speak('two')
    pass(server, 500)
    expect(server.received.findLast((f) => f.type === 'room.join')).toMatchObject({ since: 1, epoch: 'e1' })
    expect(room.view.get().events).toMatchObject([{ text: 'one' }, { text: 'two' }])
  })

  it('prefers the secret, and drops one that no longer holds', async () => {
    const server = new FakeHub()
    const { hub, room } = enter(server, memoryStorage(), vi.fn<typeof fetch>(readyButUnknown))
    server.up = false
    server.cut()
    room.send('from the old identity')
    await vi.advanceTimersByTimeAsync(2000)
    expect(server.paths[1]).toBe('/ws?guest=s1')
    expect(server.paths.at(-1)).toBe('/ws?name=Ada')
    expect(hub.outbox.all.get()).toMatchObject([{ problem: { code: 'unauthorized' } }])
  })

  it('starts the room anew when its history is another one', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.speak('one')
    server.speak('two')
    pass(server, 10)
    server.cut()
    server.log.clear()
    server.epoch = 'e2'
    server.speak('after the restore')
    pass(server, 500)
    expect(room.view.get().events).toMatchObject([{ seq: 1, text: 'after the restore' }])
  })

  it('starts from the newest page when the log no longer has what is missing', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    for (const text of ['one', 'two', 'three']) server.speak(text)
    server.deliver()
    server.lose()
    server.first = 3
    pass(server, 1000)
    expect(room.view.get().events.at(-1)).toMatchObject({ seq: 3, text: 'three' })
  })

  it('asks less and less often for a head that the hub can not serve', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.speak('one')
    pass(server, 10)
    server.claims = 5
    server.cut()
    server.received.length = 0
    pass(server, 60_000)
    expect(server.received.length).toBeLessThan(30)
    server.claims = undefined
    for (const text of ['two', 'three', 'four', 'five']) server.speak(text)
    pass(server, 20_000)
    expect(room.view.get().events).toHaveLength(5)
  })

  it('is one person in all tabs: the first secret of two wins', () => {
    const server = new FakeHub()
    const storage = memoryStorage()
    const hub = new Hub({ storage, open: server.open })
    hub.enter('Ada')
    storage.set('hubbub.guest', 's0') // another tab was faster
    pass(server, 20)
    expect(server.paths).toEqual(['/ws?name=Ada', '/ws?guest=s0&name=Ada'])
    expect(hub.link.view.get().state).toBe('online')
  })

  it('tells of a refused room when it stays refused', () => {
    const server = new FakeHub()
    server.mood = () => 'unavailable'
    const { room } = enter(server)
    pass(server, 100)
    expect(room.view.get()).toMatchObject({ joined: false, refused: undefined })
    pass(server, 10_000)
    expect(room.view.get()).toMatchObject({ refused: { code: 'unavailable' } })
    server.mood = () => undefined
    pass(server, 10_000)
    expect(room.view.get()).toMatchObject({ joined: true, refused: undefined })
  })

  it('reads older pages up to the first event', () => {
    const server = new FakeHub()
    for (let i = 1; i <= 220; i++) server.speak(`line ${i}`)
    const { room } = enter(server)
    expect(room.view.get()).toMatchObject({ atStart: false, events: { length: 50 } })
    for (const length of [150, 220]) {
      room.loadOlder()
      room.loadOlder() // one at a time
      server.deliverAll()
      expect(room.view.get().events).toHaveLength(length)
    }
    expect(room.view.get().atStart).toBe(true)
  })

  it('never shows a hole: it asks for what is between', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.speak('one')
    server.lose()
    server.speak('two')
    server.deliver()
    expect(room.view.get().events).toEqual([])
    server.deliverAll()
    expect(room.view.get().events).toMatchObject([{ text: 'one' }, { text: 'two' }])
  })
})
