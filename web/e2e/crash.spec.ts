import type { Page } from '@playwright/test'
import { Deferred } from './support/deferred'
import type { LogEvent } from './support/hubbub'
import { mqttPublisher, socketPublisher, type Publisher } from './support/publishers'
import { enter, expect, log, test, write } from './support/test'

const EACH = 30

test('what was acknowledged survives the death of the hub, once and in order', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  const own: string[] = []
  const say = async (text: string) => {
    own.push(text)
    await write(page, text)
  }
  await say('before it all')

  let acks = 0
  const middle = new Deferred()
  const onAck = () => {
    if (++acks === EACH * 7) middle.resolve()
  }
  const publishers: Publisher[] = []
  try {
    for (let i = 0; i < 10; i++) {
      publishers.push(mqttPublisher(hub.mqttUrl(i % 2 ? 'ws' : 'tcp'), `m${i}`, EACH, onAck), socketPublisher(hub, `w${i}`, EACH, onAck))
    }
    const done = Promise.all(publishers.map((p) => p.done))
    done.catch(() => {}) // awaited below
    await Promise.race([middle.promise, done])
    const crashed = hub.crash()
    await say('while it dies')
    await crashed
    expect(publishers.flatMap((p) => [...p.acked]).length, 'killed in the middle').toBeLessThan(EACH * 20)
    await say('in the dark, one')
    await say('in the dark, two')
    await expect(log(page).locator('[data-pending]').filter({ hasText: 'in the dark' })).toHaveCount(2)
    await hub.run()
    await say('in the light again')
    await done
    await expect(log(page).locator('[data-pending]')).toHaveCount(0)

    const events = await hub.log('lobby')
    const told = events.map((e) => e.seq)
    expect(told).toEqual(events.map((_, i) => i + 1))
    for (const { name, refs, acked } of publishers) {
      expect(acked.size).toBe(EACH)
      expect(events.filter((e) => refs.includes(e.ref ?? '')).map((e) => e.ref), `${name}, each once and in order`).toEqual(refs)
    }
    await expect(log(page).locator(`[data-seq="${told.at(-1)}"]`)).toBeInViewport()
    const shown = await readUp(page)
    expect([...shown.keys()].toSorted((a, b) => a - b), 'the page shows the log').toEqual(told)
    expect(ownTexts(events, own)).toEqual(own)
    for (const text of own) expect([...shown.values()].filter((row) => row.endsWith(text)), `${text}, once`).toHaveLength(1)
  } finally {
    for (const publisher of publishers) publisher.stop()
  }
})

/** Reads the timeline from its end to its start, of which a part is drawn at a time: the rows' texts by seq. */
async function readUp(page: Page): Promise<Map<number, string>> {
  const all = new Map<number, string>()
  await log(page).hover()
  while (!all.has(1)) {
    const rows = await log(page).locator('[data-seq]').evaluateAll((drawn) => drawn.map((row) => [Number(row.getAttribute('data-seq')), row.textContent] as const))
    for (const [seq, text] of rows) all.set(seq, text)
    await page.mouse.wheel(0, -600)
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
  }
  return all
}

const ownTexts = (events: readonly LogEvent[], own: readonly string[]) =>
  events.map((e) => e.text ?? '').filter((text) => own.includes(text))
