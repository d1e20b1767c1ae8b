import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Hubbub } from './hubbub'

const to = (hub: Hubbub) => ['-h', '127.0.0.1', '-p', hub.mqttPort]

/** Runs mosquitto_pub to its end; fails unless it was acknowledged. */
export async function publish(hub: Hubbub, topic: string, text: string): Promise<void> {
  const child = spawn('mosquitto_pub', [...to(hub), '-i', 'kettle-1', '-q', '1', '-t', topic, '-m', text], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`mosquitto_pub left with ${code}`)
}

/** A running mosquitto_sub and what it has printed. */
export class Subscription {
  readonly lines: string[] = []
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when the broker has acknowledged the subscription. */
  static async open(hub: Hubbub, topic: string): Promise<Subscription> {
    // stdbuf: with a pipe as its output, mosquitto_sub -d would keep what it says in a buffer.
    const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', '-d', ...to(hub), '-q', '1', '-t', topic], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const subscription = new Subscription(child)
    await new Promise<void>((ready, failed) => {
      child.once('error', failed)
      child.once('exit', (code) => failed(new Error(`mosquitto_sub left with ${code}`)))
      createInterface({ input: child.stdout }).on('line', (line) => {
        subscription.lines.push(line)
        if (line.includes('Subscribed')) ready()
      })
    })
    return subscription
  }

  /** The JSON objects among the lines. */
  get events(): unknown[] {
    return this.lines.filter((line) => line.startsWith('{')).map((line): unknown => JSON.parse(line))
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await gone
  }
}
