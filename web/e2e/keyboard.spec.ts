import type { Page } from '@playwright/test'
import { another, enter, expect, here, log, row, test, write } from './support/test'

test.use({ permissions: ['clipboard-read', 'clipboard-write'] })

const composer = (page: Page) => page.getByRole('textbox', { name: /^Message #/ })

/** What has the focus is in sight and shows it: the promise that a keyboard depends on. */
async function focusIsVisible(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const el = document.activeElement
    if (!(el instanceof HTMLElement) || el === document.body) return `nothing has the focus`
    const { width, height } = el.getBoundingClientRect()
    const marked = [el, el.parentElement].some((one) => one !== null && getComputedStyle(one).outlineStyle !== 'none')
    return width > 0 && height > 0 && marked ? 'yes' : `${el.outerHTML.slice(0, 120)} shows no focus`
  })
  expect(seen).toBe('yes')
}

test('everything can be done without a pointer', async ({ page, hub, browser }) => {
  const grace = await another(browser, hub, 'Grace', 'workshop')
  await page.goto(hub.url)
  await expect(page.getByLabel('What should people call you?')).toBeFocused()
  await page.keyboard.type('Ada')
  await page.keyboard.press('Enter')
  await expect(composer(page)).toBeFocused()

  // A command of a bot.
  await page.keyboard.type('/pi')
  await expect(page.getByRole('option', { name: /^\/ping/ })).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(row(page, 'pong')).toBeVisible()

  // A room is made: out of the field, O, its name with the rules as one types.
  await page.keyboard.press('Shift+Tab')
  await focusIsVisible(page)
  await page.keyboard.press('o')
  await expect(page.getByLabel('Name of the room')).toBeFocused()
  await page.keyboard.type('My room')
  await expect(page.getByRole('alert')).toContainText('Only small letters')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('my-room')
  await expect(page.getByRole('alert')).toHaveCount(0)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${hub.url}/rooms/my-room`)
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(composer(page)).toBeFocused()

  // Another is found by a few of its letters; somebody there is named.
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox', { name: 'Find or jump to' })).toBeFocused()
  await focusIsVisible(page)
  await page.keyboard.type('wsh')
  await expect(page.getByRole('option', { name: /workshop/ })).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${hub.url}/rooms/workshop`)
  await expect(composer(page)).toBeFocused()
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox', { name: 'Find or jump to' })).toBeFocused()
  await page.keyboard.type('@gra')
  await expect(page.getByRole('option', { name: /Grace/ })).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(composer(page)).toHaveValue('@Grace ')
  await expect(composer(page)).toBeFocused()
  await page.keyboard.type('is the lathe free?')
  await page.keyboard.press('Enter')
  await expect(row(grace, '@Grace is the lathe free?')).toBeVisible()
  await write(grace, 'in an hour')
  await expect(row(page, 'in an hour')).toBeVisible()

  // A reaction: to the list, to the message, the second of those at hand.
  await page.keyboard.press('Shift+Tab')
  await log(page).focus()
  await page.keyboard.press('ArrowUp')
  await expect(row(page, 'in an hour')).toBeFocused()
  await page.keyboard.press('+')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await expect(row(grace, 'in an hour').getByRole('button', { name: /^❤️ 1/ })).toBeVisible()

  // Lines to copy.
  await page.keyboard.press('c')
  const panel = page.getByRole('dialog', { name: 'Connect to #workshop' })
  await expect(panel).toBeVisible()
  for (let i = 0; i < 4 && !(await panel.getByRole('tab', { name: 'Device' }).evaluate((el) => el === document.activeElement)); i++) await page.keyboard.press('Tab')
  await focusIsVisible(page)
  await page.keyboard.press('ArrowRight')
  await expect(panel.getByRole('tab', { name: 'HTTP' })).toHaveAttribute('aria-selected', 'true')
  const copy = panel.getByRole('button', { name: 'Copy the line' }).first()
  for (let i = 0; i < 4 && !(await copy.evaluate((el) => el === document.activeElement)); i++) await page.keyboard.press('Tab')
  await focusIsVisible(page)
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^curl -d .*\/rooms\/workshop\//)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(row(page, 'in an hour')).toBeFocused() // where one was

  // Rooms above and below, one with something unread, who is here, oneself.
  await page.keyboard.press('Alt+ArrowUp')
  await expect(page).toHaveURL(`${hub.url}/rooms/my-room`)
  await expect(page.getByRole('heading', { name: '# my-room' })).toBeVisible()
  await expect(composer(page)).toBeFocused()
  await write(grace, 'now')
  await expect(page).toHaveTitle(/^\(1\)/)
  await page.keyboard.press('Alt+u')
  await expect(page).toHaveURL(`${hub.url}/rooms/workshop`)
  await log(page).focus()
  await page.keyboard.press('h')
  await expect(here(page)).toBeHidden()
  await page.keyboard.press('h')
  await expect(here(page)).toBeVisible()
  await page.keyboard.press('y')
  await expect(page.getByRole('dialog', { name: 'Ada' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.keyboard.press('n')
  await page.getByLabel('What should people call you?').fill('Ada Holm')
  await page.keyboard.press('Enter')
  await expect(here(page).getByText('Ada Holm')).toBeVisible()

  // Whatever lies over the room is an entry of the history.
  await expect(page.getByRole('dialog')).toBeHidden()
  await log(page).focus()
  await expect(log(page)).toBeFocused()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(page).toHaveURL(`${hub.url}/rooms/workshop`)
})

test('the sheet of keys tells of every key, and each of the page does what it says', async ({ page, hub, browser }) => {
  await another(browser, hub, 'Grace')
  await page.goto(hub.url)
  await expect(page.getByLabel('What should people call you?')).toBeFocused()
  await page.keyboard.type('Ada')
  await page.keyboard.press('Enter')
  await expect(composer(page)).toBeFocused()
  const opens: readonly (readonly [key: string, dialog: RegExp])[] = [
    ['Control+k', /^Find or jump to$/],
    ['c', /^Connect to #lobby$/],
    ['o', /^Open or create a room$/],
    ['y', /^Ada$/],
    ['n', /^Change your name$/],
    ['?', /^Keys$/],
  ]
  for (const [key, name] of opens) {
    await log(page).focus()
    await page.keyboard.press(key)
    await expect(page.getByRole('dialog', { name })).toBeVisible()
    if (key === '?') {
      for (const shown of ['Ctrl', 'C', 'O', 'Y', 'N', 'H', 'L', 'T', 'M', 'J', 'R', 'E', '?', '/', '@', ':']) await expect(page.getByRole('dialog').getByText(shown, { exact: true }).first()).toBeVisible()
    }
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toBeHidden()
    await expect(log(page)).toBeFocused()
  }
  await page.keyboard.press('l')
  await expect(page.getByRole('navigation').getByRole('link', { name: 'lobby' })).toBeFocused()
  await page.keyboard.press('m')
  await expect(composer(page)).toBeFocused()
  await page.keyboard.type('chloy') // letters are letters while one writes
  await expect(composer(page)).toHaveValue('chloy')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('who opens the finder again while it closes finds it new, and comes back to where they were', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  // With a link: Tab comes by that, not by the message itself.
  await write(page, 'the lathe: https://example.com/lathe')
  const message = row(page, 'the lathe: https://example.com/lathe')
  await expect(message.getByRole('link')).toBeVisible()
  await log(page).focus()
  await page.keyboard.press('ArrowUp')
  await expect(message).toBeFocused()
  const finder = page.getByRole('combobox', { name: 'Find or jump to' })
  await page.keyboard.press('Control+k')
  await expect(finder).toBeFocused()
  await page.keyboard.type('wsh')
  await expect(finder).toHaveValue('wsh')
  await page.addStyleTag({ content: '.rises { transition-duration: 2s !important }' }) // it closes while one looks
  await page.keyboard.press('Escape')
  await expect(page.locator('[role=dialog][data-ending-style]')).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(finder).toBeFocused()
  await expect(finder).toHaveValue('')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(message).toBeFocused()
})

/** From now on what closes takes until it is told to be gone. */
const hold = (page: Page) => page.addStyleTag({ content: '.rises { transition-duration: 3600s !important }' })

/** Lets what closes be gone, and whatever comes of that, which may be in the next frame. */
async function release(page: Page, left: number): Promise<void> {
  await expect(page.locator('[role=dialog][data-ending-style]')).toHaveCount(1)
  await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()))
  await expect(page.locator('[role=dialog]')).toHaveCount(left)
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}

test.describe('who goes on while something over the room still closes', () => {
  test('edits a message after the deletion of another', async ({ page, hub }) => {
    await enter(page, hub, 'Ada')
    await write(page, 'tea at four')
    await write(page, 'never mind')
    await expect(page.locator('[data-pending]')).toHaveCount(0)
    await row(page, 'never mind').focus()
    await page.keyboard.press('Delete')
    const question = page.getByRole('dialog', { name: 'Delete this message?' })
    await expect(question).toHaveCSS('opacity', '1')
    await hold(page)
    await question.getByRole('button', { name: 'Delete', exact: true }).click()
    await composer(page).press('ArrowUp')
    await page.getByRole('textbox', { name: 'Edit your message' }).fill('tea at six')
    await release(page, 0)
    await page.keyboard.press('Enter')
    await expect(row(page, 'tea at six')).toContainText('(edited)')
  })

  test('writes in what comes next', async ({ page, hub }) => {
    await enter(page, hub, 'Ada')
    await log(page).focus()
    await page.keyboard.press('y')
    await expect(page.getByRole('dialog', { name: 'Ada' })).toHaveCSS('opacity', '1')
    await hold(page)
    await page.getByRole('button', { name: 'Change your name' }).click()
    const name = page.getByLabel('What should people call you?')
    await expect(name).toBeFocused()
    await release(page, 1)
    await page.keyboard.press('Control+a')
    await page.keyboard.type('Ada Holm')
    await expect(name).toHaveValue('Ada Holm')
  })

  test('writes in another room, though the finder was once opened from a link', async ({ page, hub }) => {
    await enter(page, hub, 'Ada', 'attic')
    await page.goto(`${hub.url}/rooms/lobby`)
    await expect(composer(page)).toBeFocused()
    const finder = page.getByRole('combobox', { name: 'Find or jump to' })
    await page.getByRole('navigation').getByRole('link', { name: 'attic' }).focus()
    await page.keyboard.press('Control+k')
    await expect(finder).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(page.locator('[role=dialog]')).toHaveCount(0)
    await composer(page).focus()
    await page.keyboard.press('Control+k')
    await expect(finder).toBeFocused()
    await page.keyboard.type('attic')
    await expect(page.getByRole('option', { name: /attic/ })).toHaveAttribute('aria-selected', 'true')
    await expect(page.getByRole('dialog')).toHaveCSS('opacity', '1')
    await hold(page)
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(`${hub.url}/rooms/attic`)
    await expect(composer(page)).toBeFocused()
    await release(page, 0)
    await page.keyboard.type('dusty here')
    await expect(composer(page)).toHaveValue('dusty here')
  })
})

test('who presses Tab faster than the page draws stays in what lies over the room', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox', { name: 'Find or jump to' })).toBeFocused()
  await page.evaluate(() => {
    window.requestAnimationFrame = (draw) => window.setTimeout(() => draw(performance.now()), 300)
  })
  const at = () =>
    page.evaluate(() => {
      const focused = document.activeElement
      return focused?.hasAttribute('data-base-ui-focus-guard') ? 'an end' : focused?.closest('[role=dialog]') ? 'inside' : 'outside'
    })
  for (const key of ['Tab', 'Shift+Tab']) {
    const press = async () => {
      await page.keyboard.press(key)
      return at()
    }
    await expect.poll(press, { intervals: [0] }).toBe('an end')
    for (let i = 0; i < 4; i++) expect(await press(), `${key} leads`).not.toBe('outside')
    await expect.poll(at).toBe('inside')
  }
})
