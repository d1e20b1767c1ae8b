import { useEffect, useState } from 'react'

/** The time in ms, anew every `every` ms while `on`. */
export function useNow(every: number, on = true): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!on) return
    const tick = () => setNow(Date.now())
    const first = setTimeout(tick)
    const timer = setInterval(tick, every)
    return () => {
      clearTimeout(first)
      clearInterval(timer)
    }
  }, [every, on])
  return now
}
