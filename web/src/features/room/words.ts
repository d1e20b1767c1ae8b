import type { Shown } from '../../hub/overlay'
import { plain } from './markup/plain'

/** A message in plain words, on one line, as it is quoted and read out. */
export const words = ({ text, data }: Pick<Shown, 'text' | 'data'>): string =>
  text !== undefined ? plain(text) : data === undefined ? 'This message was deleted.' : JSON.stringify(data)
