import { describe, expect, it } from 'vitest'
import { seeded } from '../../hub/testing/fake-hub'
import { Heights } from './heights'

const ESTIMATE = 20

describe('heights', () => {
  it.each(Array.from({ length: 30 }, (_, i) => i + 1))('whatever comes, goes and is measured, rows begin where those above end, seed %i', (seed) => {
    const random = seeded(seed)
    const heights = new Heights<{ key: string }>(() => ESTIMATE)
    const known = new Map<string, number>()
    let rows: { key: string }[] = []
    let next = 0
    const fresh = () => Array.from({ length: Math.floor(random() * 20) }, () => ({ key: `${next++}` }))
    for (let step = 0; step < 200; step++) {
      const dice = random()
      if (dice < 0.2) heights.rows = rows = [...fresh(), ...rows]
      else if (dice < 0.4) heights.rows = rows = [...rows, ...fresh()]
      else if (dice < 0.5) heights.rows = rows = rows.slice(Math.floor(random() * 10), rows.length - Math.floor(random() * 10))
      else if (dice < 0.9) {
        const index = Math.floor(random() * rows.length)
        const row = rows[index]
        if (row !== undefined) known.set(row.key, Math.floor(random() * 100))
        heights.measure(index, known.get(row?.key ?? '') ?? 0)
      } else if (dice < 0.92) {
        heights.forget()
        known.clear()
      }
      let top = 0
      for (const [i, row] of rows.entries()) {
        expect(heights.top(i)).toBe(top)
        top += known.get(row.key) ?? ESTIMATE
      }
      expect(heights.total).toBe(top)
      const y = random() * top
      const at = heights.at(y)
      expect(heights.top(at)).toBeLessThanOrEqual(y)
      expect(heights.top(Math.min(at + 1, rows.length))).toBeGreaterThanOrEqual(y)
    }
  })
})
