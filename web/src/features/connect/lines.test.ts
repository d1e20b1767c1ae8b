import { describe, expect, it } from 'vitest'
import type { About, Listener } from '../../hub/server'
import { brokerOf, wsUrl } from './address'
import { botFile, deviceLines, httpLines, publishLine, quoted } from './lines'

const page = (url: string) => new URL(url)
const about = (...mqtt: Partial<Listener>[]): About => ({
  version: '1', guests: true, create: 'anyone', limits: { text: 1, event: 1 },
  mqtt: mqtt.map((l) => ({ host: '', port: 1883, tls: false, local: false, ...l })),
})

describe('where MQTT is', () => {
  it('is the page’s own host where the hub listens on all addresses', () => {
    expect(brokerOf(about({}), page('http://hub.lan:8080'))).toEqual({ host: 'hub.lan', port: 1883, tls: false, local: false })
    expect(brokerOf(about({}), page('http://[::1]:8080'))?.host).toBe('::1')
  })
  it('is where most can reach it, encrypted for a page that is', () => {
    const all = about({ host: '127.0.0.1', local: true }, { port: 1884 }, { port: 8883, tls: true })
    expect(brokerOf(all, page('https://hub.example'))).toMatchObject({ port: 8883, tls: true })
    expect(brokerOf(all, page('http://hub.example'))).toMatchObject({ port: 1884, tls: false })
    expect(brokerOf(about({ host: '127.0.0.1', local: true }), page('https://hub.example'))).toMatchObject({ host: '127.0.0.1', local: true })
  })
  it('is nowhere before the hub has said so', () => {
    expect(brokerOf(undefined, page('http://hub.lan'))).toBeUndefined()
    expect(brokerOf(about(), page('http://hub.lan'))).toBeUndefined()
  })
})

describe('lines to copy', () => {
  it('are words of the shell, whatever is in them', () => {
    expect(quoted('rooms/a.b_c-1')).toBe('rooms/a.b_c-1')
    expect(quoted('')).toBe("''")
    expect(quoted("it's $HOME")).toBe(`'it'\\''s $HOME'`)
    expect(httpLines(page('http://hub.lan:8080'), 'lobby').map(({ line }) => line)).toEqual([
      `curl -d '{"text":"hello from curl"}' 'http://hub.lan:8080/api/v1/rooms/lobby/messages?name=curl'`,
      `curl -N 'http://hub.lan:8080/api/v1/rooms/lobby/stream?name=curl'`,
    ])
  })
  it('speak TLS where the listener does', () => {
    const broker = { host: 'hub.example', port: 8883, tls: true, local: false }
    expect(publishLine(broker, 'lobby')).toBe("mosquitto_pub -h hub.example -p 8883 --tls-use-os-certs -i kettle -q 1 -t rooms/lobby -m 'kettle is hot'")
    for (const { line } of deviceLines(broker, 'lobby')) expect(line).toContain('--tls-use-os-certs')
    expect(wsUrl(page('https://hub.example'), '/mqtt')).toBe('wss://hub.example/mqtt')
  })
  it('keep a room that YAML would read as a number a name', () => {
    for (const room of ['2026', '1e3', 'null', 'no']) expect(botFile(room)).toContain(`rooms: ['${room}']`)
  })
})
