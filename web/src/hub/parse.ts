import * as v from 'valibot'
import { otherLogged } from './events'
import { frames, type Frame } from './frames'

/** One frame from its JSON; undefined for what is not JSON or of no known shape, which is ignored as the design asks. */
export function parseFrame(text: string): Frame | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const known = v.safeParse(frames, value)
  if (known.success) return known.output
  const other = v.safeParse(otherLogged, value)
  return other.success ? other.output : undefined
}
