import { useCallback, useState, type RefObject } from 'react'
import type { Drafts, EditDraft } from '../../hub/drafts'
import type { Shown } from '../../hub/overlay'
import type { Room } from '../../hub/room'
import { canEdit } from './acts'

export interface Editing {
  /** The edit being written, as it was begun or found; undefined while none is. */
  readonly draft: EditDraft | undefined
  readonly begin: (message: Shown) => void
  /** Begins with one's newest message that can be edited, if one is at hand. */
  readonly beginLast: () => void
  readonly write: (text: string) => void
  readonly end: () => void
  /** Makes the edit; false when nothing is left of the text. */
  readonly save: (text: string) => boolean
}

/** The editing of one's own messages, one at a time. An edit being written is kept through reloads. */
export function useEditing(room: Room, drafts: Drafts, me: string, input: RefObject<HTMLTextAreaElement | null>): Editing {
  const [draft, setDraft] = useState(() => drafts.edit(room.name))
  const put = useCallback(
    (next: EditDraft | undefined) => {
      drafts.setEdit(room.name, next)
      setDraft(next)
    },
    [drafts, room],
  )
  const begin = useCallback(
    (message: Shown) => {
      put({ target: message.id, text: message.text ?? '' })
      input.current?.focus()
    },
    [put, input],
  )
  const end = () => {
    put(undefined)
    input.current?.focus()
  }
  return {
    draft,
    begin,
    end,
    beginLast: () => {
      const { messages, ephemeral } = room.view.get()
      const last = ephemeral ? undefined : messages.findLast((message) => canEdit(message, me))
      if (last !== undefined) begin(last)
    },
    write: (text) => draft && drafts.setEdit(room.name, { target: draft.target, text }),
    save: (text) => {
      if (text.trim() === '') return false
      const target = draft?.target ?? ''
      const before = room.view.get().messages.find((message) => message.id === target)
      if (before?.text !== text) room.act({ type: 'edit', target }, text)
      end()
      return true
    },
  }
}
