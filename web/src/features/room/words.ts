import type { Shown } from '../../hub/overlay'

/** A message in plain words, as it is quoted, copied and read out. */
export const words = (message: Pick<Shown, 'text' | 'data'>): string =>
  message.text ?? (message.data === undefined ? 'This message was deleted.' : JSON.stringify(message.data))
