import { publish } from './support/mosquitto'
import { lines, Speaker } from './support/seed'
import { another, expect, here, log, row, test, write } from './support/test'
import { Wire } from './support/wire'

test.use({ settings: { HUBBUB_LIMITS_EVENTS: '0' } })

test('two people, a device and a bot, over a wire that is slow and cut', async ({ page, hub, browser }) => {
  test.setTimeout(300_000) // on a machine that does much else
  const speaker = await Speaker.open(hub, 'Tom', 'lobby')
  const ids = await speaker.sayAll(lines(900))
  const wire = await Wire.open(hub)
  wire.delay = 300
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 50, downloadThroughput: 50_000, uploadThroughput: 20_000 })
  await page.goto(`${wire.url}/rooms/lobby`)
  await page.getByLabel('What should people call you?').fill('Ada')
  await page.getByRole('button', { name: 'Enter' }).click()
  await expect(row(page, 'line 900')).toBeInViewport()
  const grace = await another(browser, hub, 'Grace')

  // One's own message is there at once, long before the hub can have it.
  await write(page, 'slowly but surely')
  expect(await log(page).locator('[data-pending]').textContent()).toContain('slowly but surely')
  await expect(row(grace, 'slowly but surely')).toBeVisible()
  await expect(log(page).locator('[data-pending]')).toHaveCount(0)

  // History, while the wire is cut again and again: it comes all the same, and what is read stays where it is.
  const where = (seq: string) => log(page).evaluate((box, of) => Math.round((box.querySelector(`[data-seq="${of}"]`)?.getBoundingClientRect().top ?? NaN) - box.getBoundingClientRect().top), seq)
  for (let i = 0; i < 4; i++) {
    await log(page).evaluate((box) => box.scrollBy(0, -1_500))
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    const seq = await log(page).evaluate((box) => {
      const edge = box.getBoundingClientRect().top
      // The second one: the first at hand may lose its name when the one before it is read.
      return [...box.querySelectorAll<HTMLElement>('[data-seq]')].filter((el) => el.getBoundingClientRect().top > edge + 20)[1]?.dataset['seq'] ?? ''
    })
    const before = await where(seq)
    wire.cut()
    const missed = `meanwhile ${i}`
    await write(grace, missed)
    await expect(row(grace, missed)).toBeVisible()
    wire.mend()
    await expect(page.getByRole('button', { name: `Jump to present, ${i + 1} new` })).toBeVisible({ timeout: 20_000 })
    expect(await where(seq)).toBe(before)
  }
  const seqs = await log(page).locator('[data-seq]').evaluateAll((all) => all.map((el) => Number(el.dataset['seq'])))
  expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i))

  // What is done while it is cut waits, and is done once.
  wire.cut()
  await page.getByRole('button', { name: /^Jump to present/ }).click()
  await expect(row(page, 'meanwhile 3')).toBeInViewport()
  await write(page, 'hello from the dark')
  await row(page, 'meanwhile 3').focus()
  for (const key of ['+', 'Enter']) await page.keyboard.press(key)
  await publish(hub, 'rooms/lobby', 'kettle is hot')
  wire.mend()
  for (const p of [page, grace]) {
    await expect(row(p, 'hello from the dark')).toHaveCount(1, { timeout: 20_000 })
    await expect(row(p, 'meanwhile 3').getByRole('button', { name: /^👍 1/ })).toBeVisible()
    await expect(row(p, 'kettle is hot')).toContainText('device')
    await expect(row(p, 'tea').first()).toContainText('bot')
  }
  await expect(log(page).locator('[data-pending]')).toHaveCount(0)
  await expect(here(page).getByText('Grace', { exact: true })).toBeVisible()

  // A link into the past, the wire being cut while its page is on the way.
  await page.goto(`${wire.url}/rooms/lobby?at=${ids[99]}`, { waitUntil: 'commit' })
  await expect(page.getByRole('textbox', { name: 'Message #lobby' })).toBeVisible({ timeout: 30_000 })
  wire.cut()
  wire.mend()
  await expect(row(page, /line 100\D/)).toBeInViewport({ timeout: 30_000 })
  wire.close()
  speaker.close()
})
