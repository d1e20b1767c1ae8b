import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { publish } from './support/mosquitto'
import { expect, here, log, row, test, write } from './support/test'

const views = [
  { width: 1360, height: 820 },
  { width: 900, height: 700 },
  { width: 360, height: 740 },
  { width: 320, height: 568 },
]

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of views) {
    test.describe(`${colorScheme} at ${viewport.width}`, () => {
      const isTouch = viewport.width <= 720
      test.use({ colorScheme, viewport, isMobile: isTouch, hasTouch: isTouch, deviceScaleFactor: 1.5, contextOptions: { reducedMotion: 'reduce' } })

      test('looks as it should and passes axe', async ({ page, hub }) => {
        const isNarrow = viewport.width <= 720
        const look = (name: string) => check(page, `${name}-${colorScheme}-${viewport.width}`, isNarrow)

        await page.addInitScript((rooms) => localStorage.setItem('hubbub.rooms', rooms), JSON.stringify(['attic', 'lobby', 'the-room-at-the-end-of-the-long-corridor']))
        await page.goto(hub.url)
        await page.getByLabel('What should people call you?').waitFor()
        await look('entry')
        await page.getByLabel('What should people call you?').fill('Ada Holm')
        await page.keyboard.press('Enter')
        await expect(page.getByText('Nothing has been said here yet')).toBeVisible()
        await look('empty')

        await write(page, 'hello, is anybody here?')
        await expect(row(page, 'Hello Ada Holm!')).toBeVisible()
        await publish(hub, 'rooms/lobby', 'kettle is hot')
        await publish(hub, 'rooms/lobby', '{"celsius":96.5,"state":"hot"}')
        await write(page, 'The manual is at https://example.org/kettle\nand a second line 👍')
        await expect(row(page, 'a second line')).toBeVisible()
        const question = (await hub.log('lobby')).find((e) => e.text === 'hello, is anybody here?')
        await publish(hub, 'rooms/lobby', JSON.stringify({ text: 'still warm', reply_to: question?.id }))
        await expect(row(page, 'still warm')).toBeVisible()
        if (!isNarrow) await page.getByRole('link', { name: 'the-room-at' }).hover()
        await look('room')

        if (isNarrow) {
          await page.getByRole('button', { name: 'Rooms' }).click()
          await expect(page.getByRole('dialog', { name: 'Hubbub' })).toBeVisible()
          await look('rooms')
          await page.keyboard.press('Escape')
          await expect(page.getByRole('dialog')).toBeHidden()
          await expect(page.getByRole('button', { name: 'Rooms' })).toBeFocused()
        }
        if (viewport.width <= 1080) {
          await page.getByRole('button', { name: 'Who is here' }).click()
          await expect(page.getByRole('dialog', { name: /^Here, \d/ })).toBeVisible()
          await look('here')
          await page.keyboard.press('Escape')
          await expect(page.getByRole('dialog')).toBeHidden()
        } else {
          await expect(here(page).getByText('Ada Holm')).toBeVisible()
        }

        await log(page).focus()
        await page.keyboard.press('?')
        await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
        await look('keys')
        await page.keyboard.press('Escape')
        await expect(page.getByRole('dialog')).toBeHidden()

        await hub.crash()
        await write(page, 'written in the dark')
        await expect(page.getByText('What you write is kept.')).toBeVisible()
        await look('away')
      })
    })
  }
}

async function check(page: Page, name: string, isNarrow: boolean): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: `e2e/shots/${name}.png` })
  const { violations } = await new AxeBuilder({ page }).analyze()
  const told = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)
  expect(told, `axe on ${name}`).toEqual([])
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  expect(width[0], 'nothing sticks out to the side').toBeLessThanOrEqual(width[1] ?? 0)
  const wide = await page.locator('nav, aside, main').evaluateAll((all) => all.filter((el) => el.scrollWidth > el.clientWidth).map((el) => el.tagName))
  expect(wide, 'nor out of its column').toEqual([])
  if (isNarrow) expect(await smallTargets(page), 'targets of 44 px').toEqual([])
}

/** Buttons and links (but links in running text) smaller than a finger. */
const smallTargets = (page: Page): Promise<string[]> =>
  page.locator('button:visible, nav a:visible, input:visible').evaluateAll((all) =>
    all
      .filter((el) => {
        const { width, height } = el.getBoundingClientRect()
        return !el.closest('[aria-hidden=true], [data-base-ui-focus-guard]') && width > 1 && (width < 43.5 || height < 43.5)
      })
      .map((el) => el.outerHTML.slice(0, 120)),
  )
