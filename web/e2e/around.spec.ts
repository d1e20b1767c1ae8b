import { another, enterAs, expect, log, row, test, write } from './support/test'
import { check, views } from './support/look'

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of views) {
    test.describe(`${colorScheme} at ${viewport.width}`, () => {
      const isTouch = viewport.width <= 720
      test.use({ colorScheme, viewport, isMobile: isTouch, hasTouch: isTouch, deviceScaleFactor: 1.5, contextOptions: { reducedMotion: 'reduce' } })

      test('what lies over a room looks as it should and passes axe', async ({ page, hub, browser }) => {
        const look = (name: string) => check(page, `${name}-${colorScheme}-${viewport.width}`, isTouch)
        const closed = async () => {
          await page.keyboard.press('Escape')
          await expect(page.getByRole('dialog')).toBeHidden()
        }
        const rooms = () => (isTouch ? page.getByRole('button', { name: 'Rooms' }).click() : undefined)
        const me = async () => {
          await rooms()
          await page.getByRole('button', { name: /you: name, theme, leave this hub/ }).click()
        }
        const grace = await another(browser, hub, 'Grace Lindqvist')
        await write(grace, 'Swapped the gasket on the east door.')
        await enterAs(page, hub, 'Ada Holm')
        await expect(row(page, 'gasket')).toBeVisible()

        await page.getByRole('button', { name: 'Connect something' }).click()
        for (const tab of ['Device', 'HTTP', 'Bot', 'Code']) {
          await page.getByRole('tab', { name: tab }).click()
          await look(`connect-${tab.toLowerCase()}`)
        }
        await closed()
        await page.getByRole('button', { name: 'Find or jump to' }).first().click()
        await expect(page.getByRole('option', { name: /Grace/ })).toBeVisible()
        await look('find')
        await page.keyboard.type('no such thing!')
        await expect(page.getByText('Nothing fits.')).toBeVisible()
        await look('find-nothing')
        await closed()
        await me()
        await expect(page.getByRole('dialog', { name: 'Ada Holm' })).toBeVisible()
        await look('me')
        await page.getByRole('button', { name: 'Leave this hub…' }).click()
        await expect(page.getByRole('dialog', { name: 'Leave this hub?' })).toBeVisible()
        await look('leave')
        await closed()
        await rooms()
        await page.getByRole('button', { name: 'Open or create a room' }).click()
        await page.getByLabel('Name of the room').fill('Not a room')
        await expect(page.getByRole('alert')).toBeVisible()
        await look('create')
      })

      test('where one writes, and where the hub is away, it looks as it should and passes axe', async ({ page, hub, browser }) => {
        const look = (name: string) => check(page, `${name}-${colorScheme}-${viewport.width}`, isTouch)
        const field = page.getByRole('textbox', { name: /^Message #/ })
        await write(await another(browser, hub, 'Grace Lindqvist'), 'Swapped the gasket on the east door.')
        await enterAs(page, hub, 'Ada Holm')
        await expect(row(page, 'gasket')).toBeVisible()

        for (const [typed, name] of [['/', 'slash'], ['hello @', 'at'], ['well done :ta', 'emoji'], ['/dice ', 'usage']] as const) {
          await field.fill('')
          await field.pressSequentially(typed)
          await expect(name === 'usage' ? page.getByText('Throws', { exact: false }).last() : page.getByRole('option').first()).toBeVisible()
          await look(name)
        }
        await field.fill('a line of a text that is far too long\n'.repeat(500))
        await expect(page.getByRole('alert')).toBeVisible()
        await look('too-long')
        await field.fill('')
        await row(page, 'gasket').focus()
        await page.keyboard.press('r')
        await expect(page.getByText('Answering Grace Lindqvist')).toBeVisible()
        await look('answering')
        if (!isTouch) {
          await page.getByRole('button', { name: 'Emoji', exact: true }).click()
          await expect(page.getByRole('dialog', { name: 'Emojis' })).toBeVisible()
          await look('emojis')
          await page.keyboard.press('Escape')
        }
        await page.goto(`${hub.url}/rooms/Nowhere`)
        await expect(page.getByRole('heading', { name: 'No room can have this name' })).toBeVisible()
        await look('nowhere')
        await page.goto(hub.url)
        await hub.crash()
        await expect(page.getByText('No connection to the hub.')).toBeVisible()
        await expect(log(page)).toBeVisible()
        await look('no-connection')
      })
    })
  }
}
