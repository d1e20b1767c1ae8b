import type { CDPSession, Page } from '@playwright/test'
import { lines, Speaker } from './support/seed'
import { enter, expect, log, row, test } from './support/test'

test.use({ settings: { HUBBUB_LIMITS_EVENTS: '0' } })

const SECONDS = Number(process.env['HUBBUB_FLOOD_SECONDS'] ?? 5)
const A_SECOND = 100

interface Frames {
  /** Times between frames, in ms. */
  readonly gaps: readonly number[]
  readonly longTasks: readonly number[]
}

/** Watches the frames that the page paints, until the returned function is called. */
async function frames(page: Page): Promise<() => Promise<Frames>> {
  await page.evaluate(() => {
    const seen = { gaps: [] as number[], longTasks: [] as number[], on: true }
    Object.assign(window, { seen })
    new PerformanceObserver((list) => seen.longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' })
    let last = performance.now()
    const frame = (now: number) => {
      seen.gaps.push(now - last)
      last = now
      if (seen.on) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
  return () =>
    page.evaluate(() => {
      const { seen } = window as unknown as { seen: Frames & { on: boolean } }
      seen.on = false
      return { gaps: seen.gaps.slice(1), longTasks: seen.longTasks }
    })
}

/** What the page holds after a collection of garbage: MB of script, and nodes. */
async function memory(cdp: CDPSession): Promise<{ heap: number; nodes: number }> {
  await cdp.send('HeapProfiler.collectGarbage')
  const { metrics } = await cdp.send('Performance.getMetrics')
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0
  return { heap: of('JSHeapUsedSize') / 1e6, nodes: of('Nodes') }
}

interface Work {
  readonly task: number
  readonly script: number
  readonly layout: number
  readonly style: number
}

/** What the main thread worked meanwhile, in ms, as the browser counts. */
async function busy(cdp: CDPSession, during: () => Promise<void>): Promise<Work> {
  const before = await cdp.send('Performance.getMetrics')
  await during()
  const after = await cdp.send('Performance.getMetrics')
  const at = ({ metrics }: typeof before, name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0
  const of = (name: string) => (at(after, name) - at(before, name)) * 1_000
  return { task: of('TaskDuration'), script: of('ScriptDuration'), layout: of('LayoutDuration'), style: of('RecalcStyleDuration') }
}

/** Says a hundred messages a second, evenly, and resolves when the last is kept. */
async function flood(speaker: Speaker, from: number): Promise<void> {
  const start = performance.now()
  const all = lines(SECONDS * A_SECOND, from)
  const kept: Promise<string>[] = []
  for (let i = 0; i < all.length; ) {
    const due = Math.min(all.length, Math.floor(((performance.now() - start) / 1_000) * A_SECOND))
    while (i < due) kept.push(speaker.say(all[i++] ?? {}))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(kept)
}

/** How many frames the browser presented, by its trace. */
function presented(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: readonly { readonly name: string }[] }
  return traceEvents.filter((event) => event.name === 'AnimationFrame::Presentation').length
}

const inOrder = (all: readonly number[]): number[] => all.map((_, i) => (all[0] ?? 0) + i)

const share = (sorted: readonly number[], of: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? 0

function told(what: string, { gaps, longTasks }: Frames, { task, script, layout, style }: Work, { heap, nodes }: { heap: number; nodes: number }): string {
  const sorted = gaps.toSorted((a, b) => a - b)
  const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1_000
  return [
    `${what}: ${(gaps.length / seconds).toFixed(1)} frames a second over ${seconds.toFixed(1)} s`,
    `median ${share(sorted, 0.5).toFixed(1)} ms, 95 % within ${share(sorted, 0.95).toFixed(1)} ms, longest ${share(sorted, 1).toFixed(1)} ms`,
    `${longTasks.length} tasks over 50 ms; a frame takes ${(task / gaps.length).toFixed(1)} ms of the main thread, ${(script / gaps.length).toFixed(1)} of them script, ${(style / gaps.length).toFixed(1)} style, ${(layout / gaps.length).toFixed(1)} layout; of a second ${(task / seconds).toFixed(0)} ms`,
    `heap ${heap.toFixed(1)} MB, ${nodes} nodes`,
  ].join('; ')
}

/** The figures are printed, and depend on the machine; what is asserted is that nothing is lost, doubled or out of order. */
test('a hundred messages a second, at the bottom and while reading among 20,000', async ({ browser, page, hub }, info) => {
  test.setTimeout(300_000) // on a machine that does much else
  const speaker = await Speaker.open(hub, 'Grace', 'lobby')
  await speaker.sayAll(lines(20_000))
  await enter(page, hub, 'Ada')
  await expect(row(page, 'line 20000')).toBeInViewport()
  const cdp = await page.context().newCDPSession(page)
  // Time of the processor, which does not count what else the machine does.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const figures = [`idle: ${JSON.stringify(await memory(cdp))}`]
  const measure = async (what: string, during: () => Promise<void>) => {
    await browser.startTracing(page, { categories: ['devtools.timeline', 'devtools.timeline.frame', 'disabled-by-default-devtools.timeline'] })
    const stop = await frames(page)
    const ms = await busy(cdp, during)
    const seen = await stop()
    const trace = await browser.stopTracing()
    await info.attach(`${what}.trace.json`, { body: trace, contentType: 'application/json' })
    figures.push(`${told(what, seen, ms, await memory(cdp))}; traced: ${presented(trace)} frames presented`)
    expect(presented(trace), 'the trace is of this page').toBeGreaterThan(0)
  }
  const seqs = () => log(page).locator('[data-seq]').evaluateAll((all) => all.map((el) => Number(el.dataset['seq'])))

  let last = 20_000
  await measure('at the bottom', () => flood(speaker, last + 1))
  last += SECONDS * A_SECOND
  await expect(row(page, `line ${last}`)).toBeInViewport()
  expect(await seqs()).toEqual(inOrder(await seqs()))
  expect((await seqs()).at(-1)).toBe(last)

  await measure('scrolling up', async () => {
    const speaking = flood(speaker, last + 1)
    await log(page).hover()
    for (let i = 0; i < SECONDS * 20; i++) {
      await page.mouse.wheel(0, -120)
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    }
    await speaking
  })
  last += SECONDS * A_SECOND
  expect(await seqs()).toEqual(inOrder(await seqs()))
  await page.getByRole('button', { name: /^Jump to present/ }).click()
  await expect(row(page, `line ${last}`)).toBeInViewport()
  expect((await seqs()).at(-1)).toBe(last)
  expect(await page.locator('[data-row]').count()).toBeLessThan(200)
  await info.attach('figures', { body: figures.join('\n') })
  process.stdout.write(`${figures.join('\n')}\n`)
  speaker.close()
})
