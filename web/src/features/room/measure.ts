import { utf8Bytes } from '../../hub/names'

/** How a text stands to the most that a message holds, in bytes of UTF-8. */
export interface Size {
  /** How much it is too long; 0 when it fits. */
  readonly over: number
  /** How much more there is room for; undefined while that is plenty. */
  readonly left: number | undefined
}

const roomy: Size = { over: 0, left: undefined }

export function measure(text: string, max: number): Size {
  // Every UTF-16 unit is at most three bytes, so most texts need no encoding.
  if (text.length * 3 <= max * NEAR) return roomy
  const bytes = utf8Bytes(text)
  if (bytes > max) return { over: bytes - max, left: undefined }
  return bytes > max * NEAR ? { over: 0, left: max - bytes } : roomy
}

/** From this part of the limit on it is said how much is left. */
const NEAR = 0.9
