import * as v from 'valibot'
import type { Storage } from './storage'

const PREFIX = 'hubbub.draft.'
const EDIT_PREFIX = 'hubbub.edit.'

/** An edit being written. */
export interface EditDraft {
  /** The id of the message. */
  readonly target: string
  readonly text: string
}

const editDraft = v.object({ target: v.string(), text: v.string() })

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

  edit(room: string): EditDraft | undefined {
    try {
      return v.parse(editDraft, JSON.parse(this.#storage.get(EDIT_PREFIX + room) ?? ''))
    } catch {
      return undefined
    }
  }

  setEdit(room: string, draft: EditDraft | undefined): void {
    if (draft === undefined) this.#storage.remove(EDIT_PREFIX + room)
    else this.#storage.set(EDIT_PREFIX + room, JSON.stringify(draft))
  }
}
