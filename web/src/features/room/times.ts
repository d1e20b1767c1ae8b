const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const weekday = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' })
const withYear = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', year: 'numeric' })

const DAY_MS = 86_400_000

export const clockTime = (at: Date): string => clock.format(at)
export const fullTime = (at: Date): string => full.format(at)

/** A day as people say it. */
export function dayWord(at: Date, now: Date = new Date()): string {
  if (at.toDateString() === now.toDateString()) return 'Today'
  if (at.toDateString() === new Date(now.getTime() - DAY_MS).toDateString()) return 'Yesterday'
  return at.getFullYear() === now.getFullYear() ? weekday.format(at) : withYear.format(at)
}
