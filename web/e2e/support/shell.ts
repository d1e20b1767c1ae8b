import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Runs a line as a person would who pasted it into a shell, and returns what it printed; fails when it fails. */
export function run(line: string, cwd?: string): Promise<string> {
  return new Promise((done, failed) => {
    execFile('bash', ['-c', line], { timeout: 20_000, cwd }, (error, stdout, stderr) => {
      if (error === null) done(stdout)
      else failed(new Error(`${line}\n${error.message}\n${stderr}`))
    })
  })
}

/** A line that goes on until it is stopped, and the lines that it has printed. */
export class Running {
  readonly printed: string[] = []
  readonly #child: ChildProcess

  constructor(line: string) {
    // A group of its own, so that what the shell started ends with it. stdbuf: with a pipe as its output much would stay in buffers.
    this.#child = spawn('stdbuf', ['-oL', 'bash', '-c', line], { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on('line', (text) => this.printed.push(text))
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.pid === undefined) return
    const gone = once(this.#child, 'exit')
    process.kill(-this.#child.pid, 'SIGTERM')
    await gone
  }
}
