import * as v from 'valibot'
import { WebSocket } from 'ws'
import { Deferred } from './deferred'
import type { Hubbub } from './hubbub'

const answer = v.object({ type: v.string(), id: v.optional(v.string()), message: v.optional(v.string()) })

/** How many are on their way at once. */
const WINDOW = 500

/** A client that speaks as fast as the hub takes it (`HUBBUB_LIMITS_EVENTS: '0'`), or at a pace of one's own. */
export class Speaker {
  readonly #socket: WebSocket
  readonly #room: string
  readonly #waiting: ((id: string) => void)[] = []

  private constructor(socket: WebSocket, room: string) {
    this.#socket = socket
    this.#room = room
  }

  static async open(hub: Hubbub, name: string, room: string): Promise<Speaker> {
    const socket = new WebSocket(`${hub.ws}?${new URLSearchParams({ name }).toString()}`)
    const speaker = new Speaker(socket, room)
    const ready = new Deferred()
    socket.on('error', (error) => ready.reject(error))
    socket.on('message', (data: Buffer) => {
      const frame = v.parse(answer, JSON.parse(data.toString()))
      if (frame.type === 'session.opened') ready.resolve()
      else if (frame.type === 'chat.sent_message' || frame.type === 'ok') speaker.#waiting.shift()?.(frame.id ?? '')
      else if (frame.type === 'error') throw new Error(`${name}: ${frame.message}`)
    })
    await ready.promise
    return speaker
  }

  /** Sends one message; resolves with its id. */
  say(content: object): Promise<string> {
    this.#socket.send(JSON.stringify({ type: 'chat.send_message', room: this.#room, ref: `s${Math.random()}`, ...content }))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Does something with an earlier message; resolves when the hub has answered. */
  act(frame: object): Promise<string> {
    this.#socket.send(JSON.stringify({ room: this.#room, ref: `a${Math.random()}`, ...frame }))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Sends them in order; resolves with their ids. */
  async sayAll(contents: readonly object[]): Promise<string[]> {
    const ids: string[] = []
    for (let at = 0; at < contents.length; at += WINDOW) ids.push(...(await Promise.all(contents.slice(at, at + WINDOW).map((content) => this.say(content)))))
    return ids
  }

  close(): void {
    this.#socket.close()
  }
}

const WORDS = 'the pump in the cold store was swapped and the door closes again while compressor three waits for a part'.split(' ')

/** Messages of different heights: `line 1`, `line 2`… each followed by some words, some of several lines. */
export function lines(count: number, from = 1): { readonly text: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const n = from + i
    const words = Array.from({ length: (n * 7) % 60 }, (_word, j) => WORDS[(n + j) % WORDS.length]).join(' ')
    return { text: n % 9 === 0 ? `line ${n}\n${words}\nand more` : `line ${n} ${words}`.trim() }
  })
}
