import * as v from 'valibot'
import type { Storage } from './storage'

const PREFIX = 'hubbub.draft.'
const EDIT_PREFIX = 'hubbub.edit.'
const REPLY_PREFIX = 'hubbub.reply.'

/** An edit being written. */
export interface EditDraft {
  /** The id of the message. */
  readonly target: string
  readonly text: string
}

/** The message that is being answered, and what it said when the answer was begun. */
export interface ReplyDraft {
  /** The id of the message. */
  readonly target: string
  readonly name: string
  /** Its first words. */
  readonly text: string
}

const editDraft = v.object({ target: v.string(), text: v.string() })
const replyDraft = v.object({ target: v.string(), name: v.string(), text: v.string() })

/** Text being written, per room, kept through reloads. */
export class Drafts {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  get(room: string): string {
    return this.#storage.get(PREFIX + room) ?? ''
  }

  set(room: string, text: string): void {
    if (text === '') this.#storage.remove(PREFIX + room)
    else this.#storage.set(PREFIX + room, text)
  }

  clear(): void {
    for (const prefix of [PREFIX, EDIT_PREFIX, REPLY_PREFIX]) {
      for (const key of this.#storage.keys(prefix)) this.#storage.remove(key)
    }
  }

  edit(room: string): EditDraft | undefined {
    return this.#read(EDIT_PREFIX + room, editDraft)
  }

  setEdit(room: string, draft: EditDraft | undefined): void {
    this.#write(EDIT_PREFIX + room, draft)
  }

  reply(room: string): ReplyDraft | undefined {
    return this.#read(REPLY_PREFIX + room, replyDraft)
  }

  setReply(room: string, draft: ReplyDraft | undefined): void {
    this.#write(REPLY_PREFIX + room, draft)
  }

  #read<T>(key: string, schema: v.GenericSchema<unknown, T>): T | undefined {
    try {
      return v.parse(schema, JSON.parse(this.#storage.get(key) ?? ''))
    } catch {
      return undefined // nothing there, or nothing that we wrote
    }
  }

  #write(key: string, draft: object | undefined): void {
    if (draft === undefined) this.#storage.remove(key)
    else this.#storage.set(key, JSON.stringify(draft))
  }
}
