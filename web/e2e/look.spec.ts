import { check, views } from './support/look'
import { publish } from './support/mosquitto'
import { another, expect, here, log, row, test, write } from './support/test'

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

      test('looks as it should where messages are changed', async ({ page, hub, browser }) => {
        const isNarrow = viewport.width <= 720
        const look = (name: string) => check(page, `${name}-${colorScheme}-${viewport.width}`, isNarrow)
        // A finger that touches a message gets what a pointer above it gets.
        const point = (text: string) => (isTouch ? row(page, text).tap() : row(page, text).hover())

        const grace = await another(browser, hub, 'Grace Lindqvist')
        await write(grace, 'Swapped the gasket on the east door, it should stop chattering now.')
        await write(grace, 'this is in the wrong room')
        await page.goto(hub.url)
        await page.getByLabel('What should people call you?').fill('Ada Holm')
        await page.keyboard.press('Enter')
        await expect(row(page, 'wrong room')).toBeVisible()
        await write(page, 'Than you!')
        await expect(row(grace, 'Than you!')).toBeVisible()
        for (const [text, name] of [['east door', 'thumbs up'], ['east door', 'done'], ['Than you!', 'heart']] as const) {
          await row(grace, text).hover()
          await row(grace, text).getByRole('button', { name: 'React' }).click()
          await row(grace, text).getByRole('button', { name, exact: true }).click()
        }
        await point('east door')
        await row(page, 'east door').getByRole('button', { name: '👍 1' }).click()
        await expect(row(page, 'east door').getByRole('button', { name: '👍 2' })).toBeVisible()
        await row(grace, 'wrong room').focus()
        await grace.keyboard.press('Delete')
        await grace.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
        await expect(log(page).getByText('This message was deleted.')).toBeVisible()
        await publish(hub, 'rooms/lobby', JSON.stringify({ text: 'Compressor 3 was last serviced 41 days ago.', buttons: [{ action: 'open', label: 'Open runbook' }, { action: 'hand', label: 'Hand over' }] }))
        await row(page, 'Compressor').getByRole('button', { name: 'Open runbook' }).click()

        await point('Than you!')
        await look('tools')
        await row(page, 'Than you!').getByRole('button', { name: 'React' }).click()
        await look('picking')
        await page.keyboard.press('Escape')
        await row(page, 'Than you!').getByRole('button', { name: 'Delete' }).click()
        await expect(page.getByRole('dialog')).toBeVisible()
        await look('deleting')
        await page.getByRole('button', { name: 'Keep it' }).click()
        await expect(page.getByRole('dialog')).toBeHidden()
        await point('Than you!')
        await row(page, 'Than you!').getByRole('button', { name: 'Edit' }).click()
        await page.getByRole('textbox', { name: 'Edit your message' }).fill('Thank you!')
        await look('editing')
        await page.keyboard.press('Enter')
        await expect(row(page, 'Thank you!')).toContainText('(edited)')

        await page.goto(`${hub.url}/rooms/attic`)
        await expect(page.getByText('Nothing has been said here yet')).toBeVisible()
        await write(grace, 'I am two minutes away.')
        await write(grace, '@Ada Holm going to look at the compressor.')
        await expect(page).toHaveTitle(/^\(2\)/)
        if (isNarrow) await page.getByRole('button', { name: 'Rooms' }).click()
        await expect(page.getByRole('link', { name: /^lobby.* 1 mention, 2 unread/ })).toBeVisible()
        await look('unread')
        await page.getByRole('link', { name: /^lobby/ }).click()
        await expect(log(page).getByText('New', { exact: true })).toBeVisible()
        await grace.getByRole('textbox', { name: 'Message #lobby' }).pressSequentially('and')
        await expect(page.getByText('Grace Lindqvist is typing…')).toBeVisible()
        await look('new')
      })
    })
  }
}
