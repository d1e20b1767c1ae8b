import mqtt from 'mqtt'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import { Deferred } from './deferred'
import type { Hubbub } from './hubbub'

const WINDOW = 4
const AGAIN_MS = 100

/** Something that publishes its refs in order and goes on, however often the hub goes away, until all are acknowledged. */
export interface Publisher {
  readonly name: string
  readonly refs: readonly string[]
  readonly acked: ReadonlySet<string>
  readonly done: Promise<void>
  stop(): void
}

const refsOf = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}.${i}`)

/** MQTT.js with QoS 1, over what the url says: a callback is a PUBACK; what was in flight is sent again after a reconnect, in order. */
export function mqttPublisher(url: string, name: string, count: number, onAck: () => void): Publisher {
  const refs = refsOf(name, count)
  const acked = new Set<string>()
  const done = new Deferred()
  const client = mqtt.connect(url, { clientId: name, reconnectPeriod: AGAIN_MS })
  let stopped = false
  client.on('error', () => {}) // refused while the hub is away; it tries again by itself
  let next = 0
  const publish = () => {
    const ref = refs[next++]
    if (ref !== undefined) send(ref)
  }
  const send = (ref: string) =>
    client.publish('rooms/lobby', JSON.stringify({ text: `from ${ref}`, ref }), { qos: 1 }, (error) => {
      if (stopped) return
      // MQTT.js gives up what was handed to it while it read its store as the connection broke; those are the newest.
      if (error) return setImmediate(send, ref)
      acked.add(ref)
      onAck()
      if (acked.size === refs.length) done.resolve()
      publish()
    })
  for (let i = 0; i < WINDOW; i++) publish()
  const stop = () => {
    stopped = true
    client.end(true)
  }
  return { name, refs, acked, done: done.promise, stop }
}

const answer = v.object({
  type: v.string(),
  ref: v.optional(v.string()),
  guest: v.optional(v.string()),
  code: v.optional(v.string()),
  message: v.optional(v.string()),
})

/** A guest over WebSocket that keeps its secret, and sends again what was not acknowledged. */
export function socketPublisher(hub: Hubbub, name: string, count: number, onAck: () => void): Publisher {
  const refs = refsOf(name, count)
  const acked = new Set<string>()
  const done = new Deferred()
  let secret: string | undefined
  let stopped = false
  let socket: WebSocket

  const connect = () => {
    if (stopped) return
    socket = new WebSocket(`${hub.ws}?${new URLSearchParams(secret === undefined ? { name } : { guest: secret }).toString()}`)
    const say = (frame: object) => socket.send(JSON.stringify({ room: 'lobby', ...frame }))
    let next = 0
    // In order from the first that is not acknowledged, never more than a window ahead of it.
    const fill = () => {
      const first = refs.findIndex((ref) => !acked.has(ref))
      if (first < 0) return
      const end = Math.min(refs.length, first + WINDOW)
      for (const ref of refs.slice(Math.max(next, first), end)) say({ type: 'chat.send_message', ref, text: `from ${ref}` })
      next = Math.max(next, end)
    }
    socket.on('message', (data: Buffer) => {
      const frame = v.parse(answer, JSON.parse(data.toString()))
      if (frame.type === 'session.opened') {
        secret = frame.guest ?? secret
        say({ type: 'room.join', ref: 'join' })
      } else if (frame.type === 'room.joined') fill()
      else if (frame.type === 'error') done.reject(new Error(`${name}: ${frame.code} ${frame.message}`))
      else if (frame.type === 'chat.sent_message' && frame.ref !== undefined) {
        acked.add(frame.ref)
        onAck()
        if (acked.size === refs.length) done.resolve()
        fill()
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => setTimeout(connect, AGAIN_MS * (0.5 + Math.random())))
  }
  connect()
  return {
    name,
    refs,
    acked,
    done: done.promise,
    stop: () => {
      stopped = true
      socket.close()
    },
  }
}
