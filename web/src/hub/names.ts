/** A room name is 1–64 of `a-z 0-9 . _ -`, starting with a letter or digit. */
const ROOM = /^[a-z0-9][a-z0-9._-]{0,63}$/

export const isRoomName = (name: string): boolean => ROOM.test(name)

/** What is wrong with a room name, in words for the person typing it; undefined when nothing is. */
export function roomNameProblem(name: string): string | undefined {
  if (name === '') return 'Give the room a name.'
  if (name.length > 64) return 'At most 64 characters.'
  if (!/^[a-z0-9]/.test(name)) return 'Start with a small letter or a digit.'
  if (!ROOM.test(name)) return 'Only small letters, digits, dots, underscores and hyphens.'
  if (name.startsWith('dm.')) return 'Names that start with “dm.” are kept for direct rooms.'
  return undefined
}

/** What is wrong with the name people call someone; undefined when nothing is. */
export function displayNameProblem(name: string): string | undefined {
  const length = [...name.trim()].length
  if (length === 0) return 'Write a name first.'
  if (length > 64) return 'At most 64 characters.'
  if (/\p{Cc}/u.test(name)) return 'Only characters that can be seen.'
  return undefined
}

export const MAX_TEXT_BYTES = 16 * 1024

const encoder = new TextEncoder()

export const utf8Bytes = (text: string): number => encoder.encode(text).length
