import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Hub } from './hub'
import { memoryStorage, type Storage } from './storage'
import { FakeHub } from './testing/fake-hub'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function enter(server: FakeHub, storage: Storage = memoryStorage()) {
  const hub = new Hub({ storage, open: server.open, random: () => 0.5 })
  hub.enter('Ada')
  const room = hub.room('lobby')
  const leave = room.enter()
  pass(server, 20)
  return { hub, room, leave, storage }
}

function pass(server: FakeHub, ms: number) {
  for (let i = 0; i < ms; i += 10) {
    vi.advanceTimersByTime(10)
    server.deliverAll()
  }
}

function withMessage(text = 'tea?') {
  const server = new FakeHub()
  const entered = enter(server)
  entered.room.send(text)
  pass(server, 10)
  const target = server.log.messages[0]?.id ?? ''
  const message = () => entered.room.view.get().messages.find((m) => m.id === target)
  return { server, ...entered, target, message }
}

const names = (room: ReturnType<typeof enter>['room']) => room.view.get().typing.map((user) => user.name)
const marks = (server: FakeHub) => server.received.filter((f) => f.type === 'chat.mark_read').map((f) => f.seq)

function ephemeral() {
  const server = new FakeHub()
  server.ephemeral = true
  server.speak('before')
  return { server, ...enter(server) }
}

describe('what one does with a message', () => {
  it('shows at once, and goes on showing when the hub has it', () => {
    const { server, room, target, message } = withMessage()
    room.act({ type: 'edit', target }, 'coffee?')
    room.act({ type: 'react', target, emoji: '👍', remove: false })
    expect(message()).toMatchObject({ text: 'coffee?', unsent: true, reactions: [{ emoji: '👍', users: ['u1'] }] })
    pass(server, 20)
    expect(message()).toEqual(server.log.messages[0])
    room.act({ type: 'react', target, emoji: '👍', remove: true })
    expect(message()?.reactions).toBeUndefined()
    room.act({ type: 'delete', target })
    expect(message()).toMatchObject({ deleted: true })
    expect(message()?.text).toBeUndefined()
    pass(server, 20)
    expect(message()).toEqual(server.log.messages[0])
  })

  it('is undone when the hub refuses it, and can be tried again or given up', () => {
    const { server, room, target, message } = withMessage()
    server.mood = () => 'forbidden'
    room.act({ type: 'edit', target }, 'coffee?')
    expect(message()?.text).toBe('coffee?')
    pass(server, 10)
    expect(message()?.text).toBe('tea?')
    expect(room.view.get()).toMatchObject({ pending: [], refusedDeeds: [{ text: 'coffee?', deed: { type: 'edit' }, problem: { code: 'forbidden' } }] })
    server.mood = () => undefined
    room.retry(room.view.get().refusedDeeds[0]?.ref ?? '')
    pass(server, 10)
    expect(message()).toMatchObject({ text: 'coffee?', edited: 2 })
    expect(room.view.get().refusedDeeds).toEqual([])
  })

  it('is said again under its ref after a reconnect, once, and after a reload too', () => {
    const { server, hub, room, target, storage } = withMessage()
    room.act({ type: 'react', target, emoji: '👍', remove: false })
    server.cut() // with the answer on its way
    server.up = false
    room.act({ type: 'edit', target }, 'coffee?')
    pass(server, 1000)
    hub.stop()
    server.up = true
    const again = enter(server, storage)
    pass(server, 1000)
    expect(server.log.rows.map((row) => row.type)).toEqual(['chat.received_message', 'chat.reacted', 'chat.edited_message'])
    expect(again.room.view.get().messages).toEqual(server.log.messages)
    expect(again.hub.outbox.all.get()).toEqual([])
  })

  it('waits its turn behind what was written before it', () => {
    const { server, room, target } = withMessage()
    server.mood = () => 'unavailable'
    room.send('more')
    room.act({ type: 'delete', target })
    pass(server, 100)
    server.mood = () => undefined
    pass(server, 2000)
    expect(server.log.rows.map((row) => row.type)).toEqual(['chat.received_message', 'chat.received_message', 'chat.deleted_message'])
  })

  it('presses a button once', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.speak('tea?', [{ action: 'yes', label: 'Yes' }])
    pass(server, 10)
    room.act({ type: 'press', target: 'm1', action: 'yes' })
    const presses = [{ action: 'yes', user: 'u1' }]
    expect(room.view.get().messages).toMatchObject([{ presses }])
    pass(server, 10)
    expect(room.view.get().messages).toMatchObject([{ presses }])
  })
})

describe('who is writing', () => {
  const typing = { type: 'chat.typing', room: 'lobby', from: { id: 'u2', name: 'Grace', kind: 'person' } }

  it('is shown until they stop, write or leave, and never oneself', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.tell({ ...typing, from: server.user })
    server.tell(typing)
    pass(server, 4000)
    expect(names(room)).toEqual(['Grace'])
    server.tell(typing)
    pass(server, 4000)
    expect(names(room)).toEqual(['Grace'])
    pass(server, 3000)
    expect(names(room)).toEqual([])
    server.tell(typing)
    pass(server, 10)
    server.speak('there')
    pass(server, 10)
    expect(names(room)).toEqual([])
    server.tell(typing)
    server.tell({ type: 'presence.changed', room: 'lobby', count: 1, left: ['u2'] })
    pass(server, 10)
    expect(names(room)).toEqual([])
  })

  it('is told every three seconds at most, and soon after a message', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    const told = () => server.received.filter((f) => f.type === 'chat.typing').length
    for (let i = 0; i < 50; i++) {
      room.writing()
      pass(server, 100)
    }
    expect(told()).toBe(2)
    for (let i = 0; i < 10; i++) {
      room.send(`said ${i}`)
      pass(server, 100)
      room.writing()
    }
    expect(told(), 'soon after a message, not with each').toBe(3)
  })
})

describe('what is read', () => {
  it('is told at most once a second, the newest at last', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    for (let i = 0; i < 25; i++) {
      server.speak(`${i}`)
      pass(server, 100)
      room.see()
    }
    expect(marks(server)).toEqual([1, 10, 20])
    pass(server, 1000)
    expect(marks(server)).toEqual([1, 10, 20, 25])
    pass(server, 5000)
    expect(marks(server)).toHaveLength(4)
  })

  it('is told again after a limit or a lost connection', () => {
    const server = new FakeHub()
    const { room } = enter(server)
    server.speak('one')
    pass(server, 10)
    server.mood = () => 'rate_limited'
    room.see()
    pass(server, 10)
    server.mood = () => undefined
    pass(server, 1100)
    expect(server.read).toBe(1)
    server.speak('two')
    pass(server, 10)
    server.cut()
    room.see()
    server.speak('three')
    pass(server, 1000)
    room.see()
    pass(server, 1100)
    expect(server.read).toBe(3)
  })

  it('leaves a line where it was on entering, and counts what came since', () => {
    const server = new FakeHub()
    for (const text of ['one', 'two', 'hello @ada']) server.speak(text)
    server.read = 1
    const { hub, room, leave } = enter(server)
    expect(room.view.get().newAfter).toBe(1)
    expect(hub.unread.all.get().get('lobby')).toEqual({ unread: 2, mentions: 1 })
    room.see()
    pass(server, 1000)
    expect(hub.unread.all.get().get('lobby')).toEqual({ unread: 0, mentions: 0 })
    expect(room.view.get().newAfter).toBe(1)
    server.speak('while away')
    pass(server, 10)
    room.back()
    expect(room.view.get().newAfter).toBe(3)
    room.see()
    leave()
    pass(server, 1500)
    expect(room.view.get().joined).toBe(false)
    room.enter()
    pass(server, 20)
    expect(room.view.get().newAfter).toBeUndefined()
  })

  it('has no line where nothing was ever read, nor after a reconnect', () => {
    const server = new FakeHub()
    server.speak('one')
    const { room } = enter(server)
    expect(room.view.get().newAfter).toBeUndefined()
    room.see()
    pass(server, 20)
    server.cut()
    server.speak('two')
    pass(server, 1000)
    expect(room.view.get()).toMatchObject({ newAfter: undefined, messages: [{ text: 'one' }, { text: 'two' }] })
  })

  it('begins anew with another history', () => {
    const server = new FakeHub()
    for (const text of ['one', 'two', 'three']) server.speak(text)
    const { hub, room } = enter(server)
    room.see()
    pass(server, 1000)
    server.log.clear()
    server.epoch = 'e2'
    server.read = 0
    server.speak('after the restore')
    server.cut()
    pass(server, 1000)
    expect(hub.unread.all.get().get('lobby')).toEqual({ unread: 1, mentions: 0 })
    room.see()
    pass(server, 20)
    expect(server.read).toBe(1)
  })

  it('is the hub’s to count in rooms that are not joined', () => {
    const server = new FakeHub()
    const { hub } = enter(server)
    const head = { type: 'room.head', head: 9, read: 3, unread: 4, mentions: 2 }
    server.tell({ ...head, room: 'attic' })
    server.tell({ ...head, room: 'lobby' }) // was on its way when we joined
    pass(server, 10)
    const counts = () => Object.fromEntries([...hub.unread.all.get()].filter(([, { unread }]) => unread > 0))
    expect(counts()).toEqual({ attic: { unread: 4, mentions: 2 } })
    server.cut()
    pass(server, 1000)
    expect(counts()).toEqual({ attic: { unread: 4, mentions: 2 } })
    server.tell({ type: 'room.added', room: 'garden' })
    pass(server, 10)
    expect(hub.visited.rooms.get()).toContain('garden')
    server.tell({ type: 'room.removed', room: 'attic' })
    pass(server, 10)
    expect(counts()).toEqual({})
    expect(hub.visited.rooms.get()).not.toContain('attic')
  })
})

describe('a room that keeps nothing', () => {
  it('shows what is said from now on, and asks for no more', () => {
    const { server, room } = ephemeral()
    server.speak('now')
    pass(server, 10)
    room.loadOlder()
    room.see()
    pass(server, 2000)
    expect(room.view.get()).toMatchObject({ ephemeral: true, atStart: true, messages: [{ text: 'now' }] })
    expect(server.received.map((f) => f.type)).toEqual(['room.join'])
  })

  it('goes on behind what was not delivered, and says so', () => {
    const { server, room } = ephemeral()
    server.speak('one')
    pass(server, 10)
    server.speak('lost')
    server.lose()
    server.tell({ type: 'room.gap', room: 'lobby', after: 2, next: 4 })
    server.speak('two')
    pass(server, 10)
    expect(room.view.get().events).toMatchObject([{ text: 'one' }, { type: 'room.gap', after: 2, seq: 3 }, { text: 'two' }])
  })

  it('keeps what it showed through a reconnect', () => {
    const { server, room } = ephemeral()
    server.speak('one')
    pass(server, 10)
    server.cut()
    server.speak('lost')
    pass(server, 1000)
    server.speak('two')
    pass(server, 10)
    expect(room.view.get().events).toMatchObject([{ text: 'one' }, { type: 'room.gap' }, { text: 'two' }])
    expect(server.received.filter((f) => f.type === 'room.history')).toEqual([])
  })
})
