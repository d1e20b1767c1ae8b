import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Hubbub } from './hubbub'

/** A wire to the hub that is slow and can be cut. */
export class Wire {
  readonly #server: Server
  readonly #ends = new Set<Socket>()
  /** So long each piece takes, either way, in ms. */
  delay = 0
  #isCut = false

  private constructor(hub: Hubbub) {
    this.#server = createServer((near) => {
      if (this.#isCut) return near.destroy()
      const far = connect(Number(hub.http.split(':').at(-1)), '127.0.0.1')
      this.#join(near, far)
      this.#join(far, near)
    })
  }

  static async open(hub: Hubbub): Promise<Wire> {
    const wire = new Wire(hub)
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    return wire
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** All connections break, and none can be made until it is mended. */
  cut(): void {
    this.#isCut = true
    for (const end of this.#ends) end.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #join(from: Socket, to: Socket): void {
    this.#ends.add(from)
    from.on('data', (piece) => setTimeout(() => to.writable && to.write(piece), this.delay))
    from.on('close', () => {
      this.#ends.delete(from)
      setTimeout(() => to.destroy(), this.delay)
    })
    from.on('error', () => {})
  }
}
