import type { Locator, Page, WebSocketRoute } from '@playwright/test'
import { publish } from './support/mosquitto'
import { another, enter, expect, here, log, row, test, write } from './support/test'

const composer = (page: Page) => page.getByRole('textbox', { name: /^Message #/ })
const editor = (page: Page) => page.getByRole('textbox', { name: 'Edit your message' })
const chip = (of: Locator, emoji: string) => of.getByRole('button', { name: new RegExp(`^${emoji} \\d`) })

async function react(page: Page, text: string, name: string): Promise<void> {
  await row(page, text).hover()
  await row(page, text).getByRole('button', { name: 'React' }).click()
  await row(page, text).getByRole('button', { name, exact: true }).click()
}

test('what one page does with messages the other sees, after a reload and a crash too', async ({ page, hub, browser }) => {
  await enter(page, hub, 'Ada')
  const other = await another(browser, hub, 'Grace')
  const both = [page, other]
  await write(page, 'tea at four')
  await write(page, 'never mind')
  await write(other, 'with pleasure')
  await expect(row(page, 'with pleasure')).toBeVisible()

  // Up in the empty composer takes up one's own last message, not Grace's; Escape leaves it as it is.
  await composer(page).press('ArrowUp')
  await expect(editor(page)).toHaveValue('never mind')
  await page.keyboard.press('Escape')
  await expect(composer(page)).toBeFocused()

  // By keyboard alone: into the list, up to the first message, edit it.
  await log(page).focus()
  for (const text of ['with pleasure', 'never mind', 'tea at four']) {
    await page.keyboard.press('ArrowUp')
    await expect(row(page, text)).toBeFocused()
  }
  await page.keyboard.press('e')
  await editor(page).fill('tea at five')
  await page.keyboard.press('Enter')
  for (const p of both) await expect(row(p, 'tea at five')).toContainText('(edited)')
  await expect(other.getByText('Ada edited a message. It now says: tea at five')).toBeAttached()
  await expect(composer(page)).toBeFocused()

  await react(other, 'tea at five', 'thumbs up')
  await expect(chip(row(page, 'tea at five'), '👍')).toHaveAttribute('aria-pressed', 'false')
  await chip(row(page, 'tea at five'), '👍').click()
  for (const p of both) {
    await expect(chip(row(p, 'tea at five'), '👍')).toHaveText('👍 2')
    await expect(chip(row(p, 'tea at five'), '👍')).toHaveAttribute('aria-pressed', 'true')
  }
  await expect(chip(row(other, 'tea at five'), '👍')).toHaveAttribute('title', 'you and Ada')

  await row(page, 'never mind').focus()
  await page.keyboard.press('Delete')
  await expect(page.getByRole('dialog', { name: 'Delete this message?' })).toContainText('never mind')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  for (const p of both) {
    await expect(log(p).getByText('This message was deleted.')).toHaveCount(1)
    await expect(row(p, 'never mind')).toHaveCount(0)
  }

  await hub.crash()
  await composer(page).press('ArrowUp')
  await editor(page).fill('tea at six')
  await page.keyboard.press('Enter')
  await expect(row(page, 'tea at six')).toContainText('(edited, waiting to be sent)')
  await row(page, 'with pleasure').focus()
  for (const key of ['+', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key)
  await expect(row(page, 'with pleasure')).toBeFocused()
  await expect(chip(row(page, 'with pleasure'), '🎉')).toHaveAttribute('aria-pressed', 'true')
  await react(other, 'with pleasure', 'heart')
  await page.goto('about:blank') // what was done waits in the browser
  await hub.run()
  await page.goto(`${hub.url}/rooms/lobby`)

  for (const reload of [false, true]) {
    for (const p of both) {
      if (reload) await p.reload()
      await expect(row(p, 'tea at six')).toContainText(/\(edited\)/)
      await expect(chip(row(p, 'tea at six'), '👍')).toHaveText('👍 2')
      await expect(chip(row(p, 'with pleasure'), '🎉')).toHaveText('🎉 1')
      await expect(chip(row(p, 'with pleasure'), '❤️')).toHaveText('❤️ 1')
      await expect(log(p).getByText('This message was deleted.')).toHaveCount(1)
      await expect(log(p).getByText('never mind')).toHaveCount(0)
    }
  }
  const types = (await hub.log('lobby')).map((e) => e.type)
  expect(types.filter((type) => type === 'chat.edited_message')).toHaveLength(2)
  expect(types.filter((type) => type === 'chat.reacted')).toHaveLength(4)
  expect(types.filter((type) => type === 'chat.deleted_message')).toHaveLength(1)
})

test('a person answers a message, through a reload, and the answer quotes it', async ({ page, hub, browser }) => {
  await enter(page, hub, 'Ada')
  const other = await another(browser, hub, 'Grace')
  await write(other, 'is the window shut?')
  await row(page, 'window').hover()
  await row(page, 'window').getByRole('button', { name: 'Reply' }).click()
  await expect(composer(page)).toBeFocused()
  await expect(page.getByText('Answering Grace: is the window shut?')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('Answering Grace')).toHaveCount(0)

  await row(page, 'window').focus()
  await page.keyboard.press('r')
  await page.keyboard.type('since noon')
  await page.reload()
  await expect(page.getByText('Answering Grace: is the window shut?')).toBeVisible()
  await composer(page).press('Enter')
  await expect(page.getByText('Answering Grace')).toHaveCount(0)
  for (const p of [page, other]) await expect(row(p, 'since noon').getByRole('blockquote')).toHaveText('Answers Grace: is the window shut?')
  await write(page, 'with milk')
  await expect(row(other, 'with milk')).toBeVisible()
  await expect(row(other, 'with milk').getByRole('blockquote')).toHaveCount(0)
})

test('any emoji can be found by keyboard, and the last ones are first; text and link are copied', async ({ page, hub, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await enter(page, hub, 'Ada')
  await write(page, 'a **bold** plan')
  await expect(page.locator('[data-pending]')).toHaveCount(0)
  const message = row(page, 'a bold plan')
  await message.focus()
  for (const key of ['+', 'ArrowLeft', 'Enter']) await page.keyboard.press(key)
  await page.getByLabel('An emoji’s name').fill('teapot')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(chip(message, '🫖')).toHaveText('🫖 1')
  await expect(message).toBeFocused()
  await page.keyboard.press('+')
  await expect(message.getByRole('toolbar').getByRole('button').first()).toHaveText('🫖')
  await page.keyboard.press('Enter') // taken back
  await expect(chip(message, '🫖')).toHaveCount(0)

  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  await message.focus()
  await page.keyboard.press('Control+c')
  await expect.poll(copied).toBe('a **bold** plan')
  await page.keyboard.press('u')
  const id = (await hub.log('lobby')).find((e) => e.type === 'chat.received_message')?.id
  await expect.poll(copied).toBe(`${hub.url}/rooms/lobby?at=${id}`)
})

test('Markdown, code, names, emojis and data are shown as what they are, and nothing of it as HTML', async ({ page, hub }) => {
  await enter(page, hub, 'Ada Holm')
  const post = (message: object) => publish(hub, 'rooms/lobby', JSON.stringify(message))
  await post({ text: '**Pump 3** is *warm*, see [the manual](https://example.org/m) or `pump status`\n- check ~~oil~~ water\n- @Ada Holm, look\n> as said\n```go\nif t > 80 {\n\tstop()\n}\n```' })
  const message = row(page, 'is warm')
  await expect(message.locator('strong')).toHaveText('Pump 3')
  await expect(message.getByRole('link', { name: 'the manual' })).toHaveAttribute('rel', 'noopener noreferrer nofollow')
  await expect(message.getByRole('listitem')).toHaveText(['check oil water', '@Ada Holm, look'])
  await expect(message.locator('pre')).toHaveText('if t > 80 {\n\tstop()\n}')
  await expect(message).toHaveCSS('box-shadow', /inset/)
  await post({ text: '<img src=x onerror="document.title=1"> [x](javascript:document.title=2) <b>not bold</b>' })
  await expect(row(page, '<img src=x')).toContainText('<b>not bold</b>')
  await expect(row(page, '<img src=x').locator('img, b:text("not bold"), a')).toHaveCount(0)
  await post({ celsius: 96.5, state: 'hot', valve: { open: true, turns: -3 } })
  await expect(row(page, 'celsius').getByRole('term')).toHaveText(['celsius', 'state', 'valve.open', 'valve.turns'])
  await expect(row(page, 'celsius').getByRole('definition')).toHaveText(['96.5', 'hot', 'true', '−3'])
  await write(page, '🎉 👍🏽')
  await expect(row(page, '🎉').locator('p')).toHaveCSS('font-size', '30px')
})

test('what is refused is undone, and says so', async ({ page, hub, context }) => {
  await enter(page, hub, 'Ada')
  await write(page, 'half past three')
  await expect(page.locator('[data-pending]')).toHaveCount(0)
  const tab = await context.newPage()
  await tab.goto(`${hub.url}/rooms/lobby`)
  await expect(row(tab, 'half past three')).toBeVisible()
  await composer(tab).press('ArrowUp')
  await expect(editor(tab)).toBeFocused()

  await row(page, 'half past three').hover()
  await row(page, 'half past three').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(log(tab).getByText('This message was deleted.')).toBeVisible()
  await editor(tab).fill('half past four')
  await tab.keyboard.press('Enter')
  await expect(tab.getByRole('alert')).toContainText('Your edit was not made.')
  await expect(tab.getByRole('alert')).toContainText('half past four')
  await expect(log(tab).getByText('This message was deleted.')).toBeVisible()
  await tab.screenshot({ path: 'e2e/shots/refused-light-1360.png' })
  await tab.getByRole('button', { name: 'Discard' }).click()
  await expect(tab.getByRole('alert')).toHaveCount(0)
})

test('an edit being written survives a reload, and does not touch the message being written', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  await write(page, 'a first try')
  await expect(page.locator('[data-pending]')).toHaveCount(0)
  await composer(page).fill('something else')
  await row(page, 'a first try').hover()
  await row(page, 'a first try').getByRole('button', { name: 'Edit' }).click()
  await editor(page).fill('a second try')
  await page.reload()
  await expect(editor(page)).toHaveValue('a second try')
  await editor(page).press('Enter')
  await expect(row(page, 'a second try')).toContainText('(edited)')
  await expect(composer(page)).toHaveValue('something else')
})

test('a bot’s buttons can be pressed', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  await publish(hub, 'rooms/lobby', JSON.stringify({ text: 'Tea?', buttons: [{ action: 'yes', label: 'Yes, please' }, { action: 'no', label: 'No' }] }))
  await row(page, 'Tea?').getByRole('button', { name: 'Yes, please' }).click()
  await expect(row(page, 'Tea?').getByRole('button', { name: 'Yes, please , pressed by you' })).toBeVisible()
  await expect.poll(async () => (await hub.log('lobby')).map((e) => e.type)).toContain('chat.pressed_button')
  await page.reload()
  await expect(row(page, 'Tea?').getByRole('button', { name: /^Yes, please.*pressed by you/ })).toBeVisible()
})

test('rooms that are not open count what is unread, and a line shows where it began', async ({ page, hub, browser }) => {
  await enter(page, hub, 'Ada', 'attic')
  const other = await another(browser, hub, 'Grace', 'attic')
  await write(other, 'seen')
  await expect(row(page, 'seen')).toBeVisible()
  const link = (name: string) => page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) })
  await page.goto(`${hub.url}/rooms/lobby`)
  await expect(link('attic')).toHaveText('#attic')
  await write(other, 'dusty here')
  await expect(link('attic')).toHaveText('#attic1 1 unread')
  await expect(page).toHaveTitle('(1) #lobby · Hubbub')
  await write(other, '@Ada are you coming?')
  await expect(link('attic')).toHaveText('#attic1 1 mention, 2 unread')

  await page.reload() // what the hub counts
  await expect(link('attic')).toHaveText('#attic1 1 mention, 2 unread')
  await link('attic').click()
  await expect(log(page).getByText('New', { exact: true })).toBeVisible()
  const order = await log(page).locator('article, :text-is("New")').allTextContents()
  expect(order.findIndex((text) => text === 'New')).toBe(order.findIndex((text) => text.includes('dusty')) - 1)
  await expect(link('attic')).toHaveText('#attic')
  await write(other, 'good to see you')
  await expect(row(page, 'good to see you')).toBeVisible()
  await expect(log(page).getByText('New', { exact: true })).toHaveCount(1)

  await link('lobby').click()
  await expect(page).toHaveTitle('#lobby · Hubbub')
  await link('attic').click()
  await expect(row(page, 'good to see you')).toBeVisible()
  await expect(log(page).getByText('New', { exact: true })).toHaveCount(0)
})

test('who is typing is shown until it is said', async ({ page, hub, browser }) => {
  await enter(page, hub, 'Ada')
  const other = await another(browser, hub, 'Grace')
  await composer(other).pressSequentially('on my w')
  await expect(page.getByText('Grace is typing…')).toBeVisible()
  await expect(here(page).getByText('typing', { exact: true })).toBeVisible()
  await expect(other.getByText('is typing…')).toHaveCount(0)
  await composer(other).press('Enter')
  await expect(row(page, 'on my w')).toBeVisible()
  await expect(page.getByText('is typing…')).toHaveCount(0)
  await composer(other).pressSequentially('or maybe not', { delay: 120 })
  await expect(page.getByText('Grace is typing…')).toBeVisible()
  await expect(page.getByText('is typing…')).toHaveCount(0, { timeout: 15_000 })
})

test.describe('a room that keeps nothing', () => {
  test.use({ settings: { HUBBUB_ROOMS_RULES: 'raw=none' } })

  test('says so, and offers nothing that needs a log', async ({ page, hub, browser }) => {
    const sockets: WebSocketRoute[] = []
    await page.routeWebSocket(/\/ws\?/, (socket) => {
      socket.connectToServer()
      sockets.push(socket)
    })
    await enter(page, hub, 'Ada', 'raw')
    await expect(page.getByText('Nothing is kept here')).toBeVisible()
    const other = await another(browser, hub, 'Grace', 'raw')
    await write(other, 'passing by')
    await write(page, 'hello')
    await expect(row(page, 'hello')).toBeVisible()
    await row(page, 'passing by').hover()
    await expect(page.getByRole('toolbar')).toHaveCount(0)
    await composer(page).press('ArrowUp')
    await expect(editor(page)).toHaveCount(0)
    sockets[0]?.send(JSON.stringify({ type: 'room.gap', room: 'raw', after: 2, next: 4 })) // as a hub of several tells it
    await expect(log(page).getByText('Some messages were not delivered.')).toBeVisible()
    await page.screenshot({ path: 'e2e/shots/ephemeral-light-1360.png' })

    await page.reload()
    await expect(page.getByText('You see what is said while you are here')).toBeVisible()
    await expect(log(page).getByRole('article')).toHaveCount(0)
    await expect(row(other, 'hello')).toBeVisible()
  })
})
