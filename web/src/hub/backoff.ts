const FIRST_MS = 200
const CAP_MS = 10_000

/** For requests on a connection that works: a hub that says "not now" means less than a second. */
export const AGAIN_MS = 500

/** How long to wait before try number `attempt` (from 0), in ms: doubling from `first` to 10 s, with jitter over the upper half. */
export function backoff(attempt: number, random: () => number = Math.random, first = FIRST_MS): number {
  const full = Math.min(CAP_MS, first * 2 ** Math.min(attempt, 16))
  return full * (0.5 + random() * 0.5)
}
