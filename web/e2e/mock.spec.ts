import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { publish } from './support/mosquitto'
import { Speaker } from './support/seed'
import { expect, log, row, test } from './support/test'

/** The scene of the design's still, so that it can be looked at beside it; and what messages may hold beyond that. */
async function scene(page: Page, tom: Speaker, grace: Speaker, url: string, post: (message: object) => Promise<void>): Promise<void> {
  const gasket = await tom.say({ text: 'Swapped the gasket on the east door. `door-east` should stop chattering now.' })
  for (const emoji of ['👍', '🧤']) await tom.act({ type: 'chat.react', target: gasket, emoji })
  await grace.act({ type: 'chat.react', target: gasket, emoji: '👍' })
  await post({ value: -19.2, unit: '°C', state: 'OK', battery: { volts: 3.31, low: false } })
  await page.goto(`${url}/rooms/cold-store`)
  await page.getByLabel('What should people call you?').fill('Ada Holm')
  await page.keyboard.press('Enter')
  await expect(row(page, 'gasket')).toBeVisible()
  await row(page, 'gasket').getByRole('button', { name: /^👍/ }).click()
  await page.goto(`${url}/rooms/lobby`)
  await expect(page.getByRole('textbox', { name: 'Message #lobby' })).toBeVisible()
  await post({ text: '**Freezer 3** is at −11.8 °C, above −15 °C for 2 min.\nWhat the pump said:\n```sh\n$ pump status 3\nrunning, 41 days since service\n```' })
  const rota = await tom.say({ text: 'you are on call until 22:00. Compressor 3 last serviced 41 days ago.\n- open the [runbook](https://example.org/runbook)\n- or hand over\n> nobody has acknowledged', buttons: [{ action: 'open', label: 'Open runbook' }, { action: 'hand', label: 'Hand over' }] })
  await grace.act({ type: 'chat.press_button', target: rota, action: 'open' })
  await grace.say({ text: '@Ada Holm I am two minutes away, going to look at the compressor.', reply_to: rota })
  await grace.say({ text: '🧯 👀' })
  await page.goto(`${url}/rooms/cold-store`)
  await expect(row(page, 'two minutes away')).toBeInViewport()
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of [{ width: 1360, height: 820 }, { width: 360, height: 740 }, { width: 320, height: 568 }]) {
    test.describe(`${colorScheme} at ${viewport.width}`, () => {
      const isTouch = viewport.width <= 720
      test.use({ colorScheme, viewport, isMobile: isTouch, hasTouch: isTouch, deviceScaleFactor: 1.5, contextOptions: { reducedMotion: 'reduce' } })

      test('the scene of the still', async ({ page, hub }) => {
        const tom = await Speaker.open(hub, 'Tom Bakke', 'cold-store')
        const grace = await Speaker.open(hub, 'Grace Lindqvist', 'cold-store')
        await scene(page, tom, grace, hub.url, (message) => publish(hub, 'rooms/cold-store', JSON.stringify(message)))
        await page.evaluate(() => document.fonts.ready)
        const name = `${colorScheme}-${viewport.width}`
        await page.screenshot({ path: `e2e/shots/scene-${name}.png` })
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
        await log(page).evaluate((box) => box.scrollTo(0, 0))
        await page.screenshot({ path: `e2e/shots/scene-top-${name}.png` })

        const target = row(page, 'two minutes away')
        await target.scrollIntoViewIfNeeded()
        await (isTouch ? target.getByText('I am two').tap() : target.hover())
        await target.getByRole('button', { name: 'React' }).click()
        await target.getByRole('button', { name: 'More emojis' }).click()
        await expect(page.getByRole('dialog', { name: 'Emojis' })).toBeVisible()
        await page.screenshot({ path: `e2e/shots/scene-picker-${name}.png` })
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
        await page.keyboard.press('Escape')
        await expect(target).toBeFocused()
        await page.screenshot({ path: `e2e/shots/scene-focus-${name}.png` })
        tom.close()
        grace.close()
      })
    })
  }
}
