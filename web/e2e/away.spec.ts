import type { Page, WebSocketRoute } from '@playwright/test'
import { enter, expect, here, log, row, test, write } from './support/test'

const composer = (page: Page) => page.getByRole('textbox', { name: /^Message #/ })
const notice = (page: Page) => page.getByText('What you write is kept.')

/** Has the page wait for its next try and time stand still in it, so that it does not come back by itself. Its clock is to be installed. */
async function stay(page: Page): Promise<void> {
  await page.clock.pauseAt(Date.now() + 60_000)
  await expect(page.getByText(/^Reconnecting in \d+ s$/)).toBeVisible()
}

test('a hub that dies while one writes costs nothing that was written', async ({ page, hub }) => {
  await page.clock.install()
  await enter(page, hub, 'Ada')
  await write(page, 'before')
  await expect(row(page, 'before')).toHaveCount(1)
  await composer(page).pressSequentially('half a thou')
  await hub.crash()
  await page.keyboard.type('ght')
  await expect(notice(page)).toBeHidden() // a short break is not worth a word
  await page.keyboard.press('Enter')
  await expect(log(page).locator('[data-pending]')).toHaveCount(1)
  await composer(page).fill('the next one')
  await expect(page.getByText('No connection to the hub.')).toBeVisible()
  await expect(page.getByText(/^Reconnecting in \d+ s$/)).toBeVisible()
  await page.screenshot({ path: 'e2e/shots/away-words-light-1360.png' })

  // What has not been fetched yet is there all the same.
  await page.getByRole('button', { name: 'Connect something' }).click()
  await expect(page.getByRole('dialog', { name: 'Connect to #lobby' })).toContainText('mosquitto_pub')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()

  await stay(page)
  await hub.run()
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(notice(page)).toBeHidden()
  await page.clock.resume()
  await expect(row(page, 'half a thought')).toHaveCount(1)
  await expect(composer(page)).toHaveValue('the next one')
  await page.reload()
  await expect(composer(page)).toHaveValue('the next one')
  await composer(page).press('Enter')
  await expect(row(page, 'the next one')).toHaveCount(1)
  expect((await hub.log('lobby')).filter((e) => e.from.kind === 'guest').map((e) => e.text)).toEqual(['before', 'half a thought', 'the next one'])
})

test('a network that is gone is told as such, and comes back by itself', async ({ page, hub, context }) => {
  const sockets: WebSocketRoute[] = []
  let up = true
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    if (!up) return void socket.close({ code: 1006 })
    socket.connectToServer()
    sockets.push(socket)
  })
  await enter(page, hub, 'Ada')
  up = false
  await context.setOffline(true)
  await sockets.at(-1)?.close({ code: 1001 })
  await expect(page.getByText('You are offline.')).toBeVisible()
  await expect(page.getByRole('navigation').getByText('Offline')).toBeVisible()
  await write(page, 'from the tunnel')
  await expect(log(page).locator('[data-pending]')).toHaveCount(1)
  up = true
  await context.setOffline(false)
  await expect(row(page, 'from the tunnel')).toHaveCount(1, { timeout: 3_000 }) // at once, not when its turn comes
  await expect(notice(page)).toBeHidden()
})

test('a restart, a page that is too slow and an ended session have words of their own', async ({ page, hub }) => {
  const sockets: WebSocketRoute[] = []
  let up = true
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    if (!up) return void socket.close({ code: 1013 })
    socket.connectToServer()
    sockets.push(socket)
  })
  await page.clock.install()
  await enter(page, hub, 'Ada')
  await sockets.at(-1)?.close({ code: 4001, reason: 'slow' })
  await expect(page.getByText('This page took in less than came')).toBeVisible()
  await expect(page.getByText('This page took in less than came')).toBeHidden({ timeout: 15_000 })

  sockets.at(-1)?.send(JSON.stringify({ type: 'server.restarting' }))
  up = false
  await sockets.at(-1)?.close({ code: 1012 })
  await expect(page.getByText('The hub is restarting.')).toBeVisible()
  await stay(page)
  up = true
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(page.getByText('The hub is restarting.')).toBeHidden()
  await page.clock.resume()

  await composer(page).fill('a draft')
  await sockets.at(-1)?.close({ code: 4003 })
  await expect(page.getByText('Your session has ended.')).toBeVisible()
  await page.screenshot({ path: 'e2e/shots/ended-light-1360.png' })
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('Your session has ended.')).toBeHidden()
  await expect(composer(page)).toHaveValue('a draft')
})

test('who leaves is forgotten here, in all tabs, and somebody else may enter', async ({ page, hub, context }) => {
  await enter(page, hub, 'Ada', 'attic')
  const tab = await context.newPage()
  await tab.goto(`${hub.url}/rooms/lobby`)
  await expect(composer(tab)).toBeVisible()
  await composer(page).fill('a secret draft')
  await page.getByRole('button', { name: /you: name, theme, leave this hub/ }).click()
  await page.getByRole('button', { name: 'Leave this hub…' }).click()
  await expect(page.getByRole('dialog', { name: 'Leave this hub?' })).toContainText('you cannot come back as the same guest')
  await page.getByRole('button', { name: 'Stay' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.getByRole('button', { name: /you: name, theme, leave this hub/ }).click()
  await page.getByRole('button', { name: 'Leave this hub…' }).click()
  await page.getByRole('button', { name: 'Leave', exact: true }).click()
  for (const p of [page, tab]) await expect(p.getByLabel('What should people call you?')).toBeVisible()
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([])
  await page.getByLabel('What should people call you?').fill('Eve')
  await page.keyboard.press('Enter')
  await expect(here(page).getByText('Eve')).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('navigation').getByRole('link')).toHaveText(['#lobby'])
})

test.describe('a hub that lets no guests in', () => {
  test.use({ settings: { HUBBUB_AUTH_GUESTS: 'false' } })

  test('says so before a name is asked for, and to who was in before', async ({ page, hub }) => {
    await page.goto(hub.url)
    await expect(page.getByText('This hub lets no guests in')).toBeVisible()
    await expect(page.getByLabel('What should people call you?')).toBeHidden()
    await page.evaluate(() => localStorage.setItem('hubbub.name', 'Ada'))
    await page.reload()
    await expect(page.getByText('This hub lets no guests in.')).toBeVisible({ timeout: 20_000 })
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible()
  })
})

test.describe('a hub where not everybody makes rooms', () => {
  test.use({ settings: { HUBBUB_ROOMS_CREATE: 'members' } })

  test('says so where one would be made, and opens none', async ({ page, hub }) => {
    await page.goto(`${hub.url}/rooms/lobby`)
    await page.getByLabel('What should people call you?').fill('Ada')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: '# lobby' })).toBeVisible()
    await log(page).focus()
    await page.keyboard.press('o')
    await expect(page.getByRole('dialog', { name: 'Open a room' })).toContainText('On this hub members make rooms')
    await expect(page.getByLabel('Name of the room')).toBeFocused()
    await page.keyboard.type('attic')
    await page.keyboard.press('Enter')
    await expect(page.getByText('There is no room attic, and you may not create one.')).toBeVisible()
  })
})

test('an address where nothing is leads on', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  await page.goto(`${hub.url}/rooms/Not%20a%20room`)
  await expect(page.getByRole('heading', { name: 'No room can have this name' })).toBeVisible()
  await page.getByRole('link', { name: 'Go to the lobby' }).click()
  await expect(composer(page)).toBeVisible()
  await page.goto(`${hub.url}/rooms/a/b`)
  await expect(page.getByRole('heading', { name: 'There is nothing at this address' })).toBeVisible()
})
