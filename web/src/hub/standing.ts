import { isChange, isMessage, type Change, type Gap, type Logged, type Message } from './events'

/** A message as it stands: with what was done to it since. */
export interface Standing extends Message {
  /** Who pressed which of its buttons, in that order, each pair once. */
  readonly presses?: readonly { readonly action: string; readonly user: string }[]
}

/**
 * The messages of a run of the log as they stand after the run's changes. A row of the log may have been read when later
 * changes were in it already, up to its `rev`; those are not done again when they come. A change to a message before the
 * run does nothing: read later, the message has it, or is given it then.
 */
export class Standings {
  readonly #byId = new Map<string, Standing>()

  /** Takes in what was added to the end of the run. */
  append(events: readonly (Logged | Gap)[]): void {
    for (const event of events) {
      if (isMessage(event)) this.#byId.set(event.id, event)
      else if (isChange(event)) this.#change(event)
    }
  }

  /** Takes in a page that was put before or after the run. What a run did to its messages may be newer than the page. */
  insert(page: readonly (Logged | Gap)[], ...runs: readonly (readonly (Logged | Gap)[])[]): void {
    const fresh = new Set(page.filter(isMessage).map((message) => message.id))
    this.append(page)
    for (const run of runs) for (const event of run) if (isChange(event) && fresh.has(event.target)) this.#change(event)
  }

  /** Takes in what was done to messages, as far as they are here; whether any was. */
  touch(events: readonly (Logged | Gap)[]): boolean {
    let touched = false
    for (const event of events) touched = (isChange(event) && this.#change(event)) || touched
    return touched
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  forget(events: readonly (Logged | Gap)[]): void {
    for (const event of events) if (isMessage(event)) this.#byId.delete(event.id)
  }

  clear(): void {
    this.#byId.clear()
  }

  /** The event, or the message as it stands. */
  of(event: Message): Standing {
    return this.#byId.get(event.id) ?? event
  }

  #change(change: Change): boolean {
    const target = this.#byId.get(change.target)
    if (target === undefined) return false
    const next = applied(target, change)
    this.#byId.set(target.id, next)
    return next !== target
  }
}

/** The message after the change; the same one where the change does nothing to it. */
export function applied(message: Standing, change: Change): Standing {
  if (message.deleted) return message
  // The log's rows do not fold presses in: rev says nothing of them.
  if (change.type === 'chat.pressed_button') return pressed(message, change.action, change.from.id)
  if (change.seq <= (message.rev ?? 0)) return message
  switch (change.type) {
    case 'chat.edited_message':
      return change.text === undefined ? message : { ...message, text: change.text, edited: change.seq, rev: change.seq }
    case 'chat.deleted_message':
      return { ...emptied(message), rev: change.seq }
    case 'chat.reacted':
      return { ...reacted(message, change.emoji, change.from.id, change.remove), rev: change.seq }
  }
}

/** What is left of a message that was deleted. */
export function emptied(message: Standing): Standing {
  const { text: _text, data: _data, buttons: _buttons, reactions: _reactions, edited: _edited, presses: _presses, ...rest } = message
  return { ...rest, deleted: true }
}

export function pressed(message: Standing, action: string, user: string): Standing {
  const presses = message.presses ?? []
  if (presses.some((press) => press.action === action && press.user === user)) return message
  return { ...message, presses: [...presses, { action, user }] }
}

/** Emojis stand in the order of their first use, users in the order of their reacting; doing it twice is doing it once. */
export function reacted(message: Standing, emoji: string, user: string, remove: boolean): Standing {
  const { reactions: before = [], ...rest } = message
  const of = before.find((r) => r.emoji === emoji)
  if ((of?.users.includes(user) ?? false) !== remove) return message
  const reactions = of === undefined ? [...before, { emoji, users: [user] }] : before.map((r) => (r === of ? { emoji, users: turned(r.users, user, remove) } : r))
  const left = reactions.filter((r) => r.users.length > 0)
  return left.length === 0 ? rest : { ...rest, reactions: left }
}

const turned = (users: readonly string[], user: string, remove: boolean): string[] =>
  remove ? users.filter((id) => id !== user) : [...users, user]
