import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './shell'

/** A certificate for localhost and 127.0.0.1 that nobody vouches for, and its key. */
export class Certificate {
  readonly file: string
  readonly key: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.file = join(folder, 'cert.pem')
    this.key = join(folder, 'key.pem')
  }

  static async make(): Promise<Certificate> {
    const made = new Certificate(await mkdtemp(join(tmpdir(), 'hubbub-tls-')))
    await run(
      `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout ${made.key} -out ${made.file}`,
    )
    return made
  }

  /** What clients are to trust. */
  get pem(): Promise<Buffer> {
    return readFile(this.file)
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }
}
