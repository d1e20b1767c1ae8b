import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import * as v from 'valibot'

const web = resolve(import.meta.dirname, '../..')
const binary = resolve(web, process.env['HUBBUB_BIN'] ?? '../bin/hubbub')
const READY = /http=(\S+) mqtt=(\S+)(?: https=(\S+))?(?: mqtts=(\S+))?/

const messages = v.object({
  events: v.optional(
    v.array(v.object({ type: v.string(), seq: v.number(), id: v.string(), ref: v.optional(v.string()), text: v.optional(v.string()), from: v.object({ id: v.string(), name: v.string(), kind: v.string() }) })),
    [],
  ),
  more: v.optional(v.boolean()),
})
export type LogEvent = NonNullable<v.InferOutput<typeof messages>['events']>[number]

/** The real binary, with a data folder of its own; a restart keeps the folder and the ports. */
export class Hubbub {
  http = '127.0.0.1:0'
  mqtt = '127.0.0.1:0'
  /** Of the listeners with TLS, where its settings want them. */
  https = ''
  mqtts = ''
  readonly lines: string[] = []
  readonly #home: string
  readonly #settings: Readonly<Record<string, string>>
  #child: ChildProcess | undefined

  private constructor(home: string, settings: Readonly<Record<string, string>>) {
    this.#home = home
    this.#settings = settings
  }

  /** `settings` are the binary's own environment variables. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Hubbub> {
    const hub = new Hubbub(await mkdtemp(join(tmpdir(), 'hubbub-e2e-')), settings)
    await hub.run()
    return hub
  }

  /** Where it was started. */
  get home(): string {
    return this.#home
  }

  get binary(): string {
    return binary
  }

  /** What a command beside the hub has to be told, as a shell takes it. */
  get environment(): string {
    return `HUBBUB_DATA=${join(this.#home, 'data')} HUBBUB_HTTP_LISTEN=${this.http} HUBBUB_MQTT_LISTEN=${this.mqtt}`
  }

  get url(): string {
    return `http://${this.http}`
  }

  get ws(): string {
    return `ws://${this.http}/ws`
  }

  /** Where MQTT clients connect: on the port of its own, or over a WebSocket. */
  mqttUrl(over: 'tcp' | 'ws'): string {
    return over === 'ws' ? `ws://${this.http}/mqtt` : `mqtt://127.0.0.1:${this.mqttPort}`
  }

  get mqttPort(): string {
    return this.mqtt.split(':').at(-1) ?? ''
  }

  /** Starts the process and resolves when every listener is open. */
  async run(): Promise<void> {
    const child = spawn(binary, ['serve'], {
      cwd: this.#home,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HUBBUB_HTTP_LISTEN: this.http,
        HUBBUB_MQTT_LISTEN: this.mqtt,
        HUBBUB_DATA: join(this.#home, 'data'),
        HUBBUB_BOTS: resolve(web, '../configs/bots'),
        HUBBUB_LIMITS_CONNECTS: '0', // all of a test's clients come from one address
        ...this.#settings,
      },
    })
    this.#child = child
    await new Promise<void>((ready, failed) => {
      child.once('error', failed)
      child.once('exit', (code) => failed(new Error(`hubbub left with ${code}:\n${this.lines.join('\n')}`)))
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.lines.push(line)
        const match = line.includes('hubbub ready') ? READY.exec(line) : null
        if (match === null) return
        this.http = match[1] ?? ''
        this.mqtt = match[2] ?? ''
        this.https = match[3] ?? ''
        this.mqtts = match[4] ?? ''
        ready()
      })
    })
  }

  /** Ends the process as a power cut would. */
  async crash(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    await rm(this.#home, { recursive: true, force: true })
  }

  /** The room's whole log, over HTTP. */
  async log(room: string): Promise<LogEvent[]> {
    const all: LogEvent[] = []
    for (;;) {
      const path = `/api/v1/rooms/${room}/messages?after=${all.at(-1)?.seq ?? 0}&limit=200`
      const response = await fetch(this.url + path)
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
      const body: unknown = await response.json()
      const page = v.parse(messages, Array.isArray(body) ? { events: body } : body)
      if (page.events.length === 0) return all
      all.push(...page.events)
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await gone
    clearTimeout(late)
  }
}
