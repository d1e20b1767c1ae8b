import type { Page } from '@playwright/test'
import type { Hubbub } from './support/hubbub'
import { enter, expect, log, test, write } from './support/test'

const lines = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i + 1}`)

async function writeAll(page: Page, texts: readonly string[]): Promise<void> {
  for (const text of texts) await write(page, text)
}

/** What people have said in the lobby, from its log; bots may have answered. */
async function said(hub: Hubbub): Promise<(string | undefined)[]> {
  return (await hub.log('lobby')).filter((e) => e.from.kind === 'guest').map((e) => e.text)
}

async function settled(page: Page): Promise<void> {
  await expect(log(page).locator('[data-pending]')).toHaveCount(0, { timeout: 30_000 })
}

test.describe('a hub that takes 8 events a second', () => {
  // Less than a page sends on a machine that is busy with others.
  test.use({ settings: { HUBBUB_LIMITS_EVENTS: '8' } })

  test('gets 60 messages written while it was down, each once and in order, by itself', async ({ page, hub }) => {
    await enter(page, hub, 'Ada')
    const refused: string[] = []
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('rate_limited')) refused.push(String(payload))
      }),
    )
    await hub.crash()
    const written = lines('line', 60)
    await writeAll(page, written)
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('hubbub.out.')).length)).toBe(60)
    await hub.run()
    await expect(page.getByText('The hub is busy.')).toBeVisible()
    await page.screenshot({ path: 'e2e/shots/held-light-1360.png' })
    await settled(page)
    await expect(page.getByText('The hub is busy.')).toBeHidden()
    expect(await said(hub)).toEqual(written)
    expect(refused.length, 'the limit was met').toBeGreaterThan(0)
    expect(refused.length, 'without hammering').toBeLessThan(30)
    await expect(page.getByText('Not sent')).toHaveCount(0)
    await expect(page.getByText('line 17', { exact: true })).toHaveCount(1)
  })
})

test.describe('two tabs of one browser', () => {
  test('send what either wrote while the hub was down, each once and in order', async ({ page, hub, context }) => {
    await enter(page, hub, 'Ada')
    const other = await context.newPage()
    await other.goto(`${hub.url}/rooms/lobby`)
    await expect(other.getByRole('textbox', { name: 'Message #lobby' })).toBeVisible()
    await hub.crash()
    const first = lines('here', 20)
    const second = lines('there', 5)
    await writeAll(page, first)
    await expect(log(other).locator('[data-pending]')).toHaveCount(20)
    await writeAll(other, second)
    await expect(log(page).locator('[data-pending]')).toHaveCount(25)
    await hub.run()
    for (const tab of [page, other]) {
      await settled(tab)
      for (const text of [...first, ...second]) await expect(log(tab).getByText(text, { exact: true })).toHaveCount(1)
    }
    expect(await said(hub)).toEqual([...first, ...second])
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('hubbub.out.')))).toEqual([])
  })

  test('do it for one that was closed meanwhile', async ({ page, hub, context }) => {
    await enter(page, hub, 'Ada')
    const other = await context.newPage()
    await other.goto(`${hub.url}/rooms/attic`)
    await expect(other.getByRole('textbox', { name: 'Message #attic' })).toBeVisible()
    await hub.crash()
    const written = lines('parting', 10)
    await writeAll(page, written)
    await page.close()
    await hub.run()
    await expect.poll(() => said(hub), { timeout: 20_000 }).toEqual(written)
  })
})
