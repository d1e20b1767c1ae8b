import { useState } from 'react'
import type { Author } from '../../hub/events'
import type { RoomView } from '../../hub/room'
import type { Names } from './reactions'

/** The names of all who were seen in the room. Another map only when there is another name. */
export function useNames({ messages, presence }: Pick<RoomView, 'messages' | 'presence'>): Names {
  const [names, setNames] = useState<Names>(new Map())
  const [seen, setSeen] = useState<unknown>()
  if (seen !== messages) {
    setSeen(messages)
    const next = new Map(names)
    const learn = ({ id, name }: Author) => next.set(id, name)
    for (const message of messages) learn(message.from)
    presence.users?.forEach(learn)
    if (next.size !== names.size || [...next].some(([id, name]) => names.get(id) !== name)) setNames(next)
  }
  return names
}
