import type { Page } from '@playwright/test'
import { another, enterAs, expect, log, row, test, write } from './support/test'

const composer = (page: Page) => page.getByRole('textbox', { name: /^Message #/ })
const rooms = (page: Page) => page.getByRole('dialog', { name: 'Hubbub' })

/** Whether what lies over the room keeps the focus to itself, however often Tab is pressed. */
async function keepsFocus(page: Page): Promise<void> {
  const inside = () => page.evaluate(() => document.activeElement?.closest('[role=dialog], [data-base-ui-focus-guard]') !== null)
  await expect.poll(inside).toBe(true) // it comes when what opens is drawn
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press('Tab')
    expect(await inside(), 'the focus stays inside').toBe(true)
  }
}

for (const viewport of [{ width: 360, height: 740 }, { width: 320, height: 568 }]) {
  test.describe(`at ${viewport.width} px`, () => {
    test.use({ viewport, isMobile: true, hasTouch: true })

    test('one column has everything: rooms and who is here slide in, and going back closes them', async ({ page, hub, browser }) => {
      const grace = await another(browser, hub, 'Grace')
      await enterAs(page, hub, 'Ada')
      await write(grace, 'good morning')
      await expect(row(page, 'good morning')).toBeVisible()

      // Rooms: by finger, by Escape, by going back.
      await page.getByRole('button', { name: 'Rooms' }).tap()
      await expect(rooms(page)).toBeVisible()
      await keepsFocus(page)
      await page.keyboard.press('Escape')
      await expect(rooms(page)).toBeHidden()
      await page.getByRole('button', { name: 'Rooms' }).tap()
      await expect(rooms(page)).toBeVisible()
      await page.goBack()
      await expect(rooms(page)).toBeHidden()
      await expect(page).toHaveURL(`${hub.url}/rooms/lobby`)

      // A room is made from there; going back leads to the one before, not to the list.
      await page.getByRole('button', { name: 'Rooms' }).tap()
      await page.getByRole('button', { name: 'Open or create a room' }).tap()
      await page.getByLabel('Name of the room').fill('attic')
      await page.getByRole('button', { name: 'Open', exact: true }).tap()
      await expect(page).toHaveURL(`${hub.url}/rooms/attic`)
      await expect(page.getByRole('dialog')).toBeHidden()
      await page.goBack()
      await expect(page).toHaveURL(`${hub.url}/rooms/lobby`)
      await expect(page.getByRole('dialog')).toHaveCount(0)

      await page.getByRole('button', { name: 'Rooms' }).tap()
      await page.getByRole('link', { name: 'attic' }).tap()
      await expect(page).toHaveURL(`${hub.url}/rooms/attic`)
      await expect(rooms(page)).toBeHidden()
      await page.goBack()

      await page.getByRole('button', { name: 'Who is here' }).tap()
      const here = page.getByRole('dialog', { name: /^Here, \d/ })
      await expect(here.getByText('Grace')).toBeVisible()
      await keepsFocus(page)
      await page.goBack()
      await expect(here).toBeHidden()

      // Finding, connecting and oneself by finger.
      await page.getByRole('button', { name: 'Find or jump to' }).tap()
      await page.getByRole('combobox').fill('who')
      await page.getByRole('option', { name: /who is here/ }).tap()
      await expect(here).toBeVisible()
      await page.goBack()
      await expect(page.getByRole('dialog')).toHaveCount(0)
      await page.getByRole('button', { name: 'Connect something' }).tap()
      await expect(page.getByRole('dialog', { name: 'Connect to #lobby' }).getByText('mosquitto_pub')).toBeVisible()
      await page.getByRole('button', { name: 'Close' }).tap()
      await expect(page.getByRole('dialog')).toBeHidden()
      await page.getByRole('button', { name: 'Rooms' }).tap()
      await page.getByRole('button', { name: /you: name, theme, leave this hub/ }).tap()
      await page.getByText('Dark', { exact: true }).tap()
      await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked()
      await page.goBack()
      await expect(page.getByRole('dialog')).toBeHidden()

      // Naming by finger, above the field.
      await composer(page).tap()
      await page.keyboard.type('hello @gr')
      await page.getByRole('option', { name: /Grace/ }).tap()
      await expect(composer(page)).toHaveValue('hello @Grace ')
      await page.getByRole('button', { name: 'Send' }).tap()
      await expect(row(grace, 'hello @Grace')).toBeVisible()
    })

    test('the field stays above a keyboard on the screen, and the last message in sight', async ({ page, hub }) => {
      await enterAs(page, hub, 'Ada')
      await write(page, 'the last words')
      await expect(row(page, 'the last words')).toBeVisible()
      await composer(page).tap()
      // As Chromium does it: the page gets smaller.
      await page.setViewportSize({ width: viewport.width, height: viewport.height - 260 })
      await expect(composer(page)).toBeInViewport({ ratio: 1 })
      await expect(row(page, 'the last words')).toBeInViewport()
      await page.setViewportSize(viewport)
      // As Safari does it: the page keeps its size, less of it is in sight.
      await page.evaluate((height) => {
        Object.defineProperty(window.visualViewport, 'height', { configurable: true, get: () => height })
        window.visualViewport?.dispatchEvent(new Event('resize'))
      }, viewport.height - 260)
      const bottom = await composer(page).evaluate((el) => el.getBoundingClientRect().bottom)
      expect(bottom).toBeLessThan(viewport.height - 260)
      await expect(row(page, 'the last words')).toBeInViewport()
      await expect(log(page)).toBeVisible()
    })
  })
}
