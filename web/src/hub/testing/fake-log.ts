import type { Author, Change, Logged, Message } from '../events'

export interface Deed {
  readonly type: 'chat.edit_message' | 'chat.delete_message' | 'chat.react' | 'chat.press_button'
  readonly target: string
  readonly text?: string | undefined
  readonly emoji?: string
  readonly remove?: boolean
  readonly action?: string
}

/** Why the log does not take a change: the code of the hub's error. */
export class Refusal extends Error {}

const USERS = 500

/** A room's log as the hub keeps it: its rows are rewritten by changes, so that they are always as they stand. */
export class FakeLog {
  readonly rows: Logged[] = []
  /** Each message at each seq at which it changed, beginning with its own. */
  readonly versions = new Map<string, { seq: number; message: Message }[]>()

  get head(): number {
    return this.rows.length
  }

  get messages(): Message[] {
    return this.rows.filter((row): row is Message => row.type === 'chat.received_message')
  }

  say(from: Author, content: Pick<Message, 'text' | 'buttons' | 'reply_to'>, ref?: string): Message {
    const message: Message = { type: 'chat.received_message', ...this.#common(from, ref), ...content }
    this.rows.push(message)
    this.versions.set(message.id, [{ seq: message.seq, message }])
    return message
  }

  /** Appends the event of a change, and rewrites what it changes. Returns the event as it is told live. */
  change(from: Author, { type, target: id, text = '', emoji = '', remove = false, action = '' }: Deed, ref?: string): Change {
    const at = this.rows.findIndex((row) => row.type === 'chat.received_message' && 'id' in row && row.id === id)
    const target = this.rows[at]
    if (target === undefined || target.type !== 'chat.received_message' || 'other' in target) throw new Refusal('not_found')
    if (target.deleted) throw new Refusal('conflict')
    const about = { ...this.#common(from, ref), target: target.id }
    const rev = about.seq
    const put = (message: Message, event: Change) => {
      this.rows[at] = message
      this.rows.push(event)
      this.versions.get(message.id)?.push({ seq: rev, message })
      return event
    }
    switch (type) {
      case 'chat.press_button':
        if (!target.buttons?.some((b) => b.action === action)) throw new Refusal('not_found')
        return put(target, { type: 'chat.pressed_button', ...about, action })
      case 'chat.react': {
        const users = new Map((target.reactions ?? []).map((r) => [r.emoji, new Set(r.users)]))
        if (remove) users.get(emoji)?.delete(from.id)
        else users.set(emoji, (users.get(emoji) ?? new Set()).add(from.id))
        if ([...users.values()].reduce((sum, set) => sum + set.size, 0) > USERS) throw new Refusal('conflict')
        const reactions = [...users].filter(([, set]) => set.size > 0).map(([of, set]) => ({ emoji: of, users: [...set] }))
        const { reactions: _, ...rest } = target
        return put({ ...rest, ...(reactions.length > 0 && { reactions }), rev }, { type: 'chat.reacted', ...about, emoji, remove })
      }
      default:
    }
    if (target.from.id !== from.id) throw new Refusal('forbidden')
    const superseded = this.rows[(target.edited ?? 0) - 1]
    if (superseded?.type === 'chat.edited_message' && !('other' in superseded)) {
      const { text: _, ...blank } = superseded
      this.rows[superseded.seq - 1] = { ...blank, rev }
    }
    if (type === 'chat.edit_message') {
      return put({ ...target, text, edited: rev, rev }, { type: 'chat.edited_message', ...about, text })
    }
    const { text: _text, buttons: _buttons, reactions: _reactions, edited: _edited, ...rest } = target
    return put({ ...rest, deleted: true, rev }, { type: 'chat.deleted_message', ...about })
  }

  find(from: Author, ref: string): Message | Change | undefined {
    return this.rows.find((row): row is Message | Change => 'from' in row && row.from.id === from.id && row.ref === ref)
  }

  clear(): void {
    this.rows.length = 0
    this.versions.clear()
  }

  #common(from: Author, ref: string | undefined) {
    const seq = this.rows.length + 1
    const at = new Date(1_800_000_000_000 + seq * 1000).toISOString()
    return { room: 'lobby', id: `m${seq}`, seq, at, from, ...(ref !== undefined && { ref }) }
  }
}
