import { publish, Subscription } from './support/mosquitto'
import { enter, expect, here, log, row, test, write } from './support/test'

test('a person, a device and bots share the lobby', async ({ page, hub }) => {
  const subscription = await Subscription.open(hub, 'rooms/lobby')
  try {
    await page.goto(hub.url)
    await page.getByLabel('What should people call you?').fill('Ada')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(`${hub.url}/rooms/lobby`)
    await expect(page.getByText('Nothing has been said here yet')).toBeVisible()
    await expect(page.getByText(`mosquitto_pub -h 127.0.0.1 -p ${hub.mqttPort} -i kettle -q 1 -t rooms/lobby -m 'kettle is hot'`)).toBeVisible()

    await write(page, 'hello everyone')
    await expect(row(page, 'hello everyone')).toHaveCount(1)
    await expect(log(page).locator('[data-pending]')).toHaveCount(0)
    await expect
      .poll(() => subscription.events)
      .toContainEqual(expect.objectContaining({ type: 'chat.received_message', room: 'lobby', text: 'hello everyone' }))
    await expect(row(page, 'Hello Ada!')).toContainText('bot')

    await publish(hub, 'rooms/lobby', 'kettle is hot')
    await expect(row(page, 'kettle is hot')).toContainText('device')
    await expect(row(page, 'tea')).toContainText('bot')
    await expect.poll(() => subscription.events).toContainEqual(expect.objectContaining({ text: 'kettle is hot' }))
  } finally {
    await subscription.close()
  }
})

test('a room shows after less than 150 kB of script', async ({ page, hub }) => {
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!(document.body?.textContent ?? '').includes('Nothing has been said here yet')) return
      observer.disconnect()
      performance.mark('room')
    }).observe(document, { childList: true, subtree: true })
  })
  await enter(page, hub, 'Ada')
  await expect(page.getByText('Nothing has been said here yet')).toBeVisible()
  // As they came over the wire, compressed. What is fetched later, when the page has time, does not count.
  const bytes = await page.evaluate(() => {
    const shown = performance.getEntriesByName('room')[0]?.startTime ?? Infinity
    const scripts = performance.getEntriesByType('resource').filter((entry) => entry instanceof PerformanceResourceTiming && entry.name.endsWith('.js') && entry.startTime < shown)
    return scripts.reduce((sum, entry) => sum + (entry instanceof PerformanceResourceTiming ? entry.encodedBodySize : 0), 0)
  })
  expect(bytes).toBeGreaterThan(50_000)
  expect(bytes).toBeLessThan(150_000)
})

test('two browsers see each other, and a departure after its grace', async ({ page, hub, browser }) => {
  await enter(page, hub, 'Ada')
  const context = await browser.newContext()
  const other = await context.newPage()
  await enter(other, hub, 'Grace')
  await expect(here(page).getByText('Grace', { exact: true })).toBeVisible()
  await expect(here(other).getByText('Ada', { exact: true })).toBeVisible()
  await write(other, 'good morning')
  await expect(row(page, 'good morning')).toContainText('Grace')

  await context.close()
  await expect(here(page).getByText('left just now')).toBeVisible({ timeout: 15_000 })
  await expect(here(page).getByRole('heading', { name: 'Here, 5' })).toBeVisible() // Ada and four bots
})

test('the name, the secret, the draft and what waits survive a reload', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  await write(page, 'first')
  await expect(row(page, 'first')).toHaveCount(1)
  const box = page.getByRole('textbox', { name: 'Message #lobby' })
  await box.fill('half a thought')
  await page.reload()
  await expect(box).toHaveValue('half a thought')
  await expect(here(page).getByText('you', { exact: true })).toBeVisible()
  await expect(here(page).getByRole('listitem').filter({ hasText: 'Ada' })).toHaveCount(1)

  await hub.crash()
  await box.fill('written in the dark')
  await box.press('Enter')
  await expect(log(page).locator('[data-pending]')).toHaveText(/written in the dark/)
  await expect(page.getByText('Reconnecting…').first()).toBeVisible()
  await hub.run()
  await expect(row(page, 'written in the dark')).toHaveCount(1)
  await expect(log(page).locator('[data-pending]')).toHaveCount(0)
  await expect(page.getByText('Reconnecting…')).toHaveCount(0)
})

test('rooms open by name, and a name can be changed', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  await page.getByRole('log').focus()
  await page.keyboard.press('o')
  const name = page.getByLabel('Name of the room')
  await name.fill('not a room!')
  await expect(page.getByRole('alert')).toHaveText('Only small letters, digits, dots, underscores and hyphens.')
  await name.fill('Attic')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(`${hub.url}/rooms/attic`)
  await expect(page.getByRole('navigation').getByRole('link')).toHaveText(['#lobby', '#attic'])
  await write(page, 'dusty')
  await page.keyboard.press('Alt+ArrowUp')
  await expect(page).toHaveURL(`${hub.url}/rooms/lobby`)
  await expect(row(page, 'dusty')).toHaveCount(0)

  await page.getByRole('button', { name: /you: name, theme, leave this hub/ }).click()
  await page.getByRole('button', { name: 'Change your name' }).click()
  await page.getByLabel('What should people call you?').fill('Ada Holm')
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await expect(here(page).getByText('Ada Holm')).toBeVisible()
  await write(page, 'under the new name')
  await expect(row(page, 'under the new name')).toContainText('Ada Holm')
})

test('a room can be left, the open one too', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  const list = page.getByRole('navigation')
  for (const name of ['attic', 'cellar', 'garden']) {
    await page.goto(`${hub.url}/rooms/${name}`)
    await expect(list.getByRole('link', { name })).toHaveAttribute('aria-current', 'page')
    await expect(page.getByText('Nothing has been said here yet')).toBeVisible()
  }
  const leave = (name: string) => list.getByRole('button', { name: `Leave #${name}` })
  await list.getByRole('link', { name: 'attic' }).hover()
  await leave('attic').click()
  await expect(list.getByRole('link')).toHaveText(['#lobby', '#cellar', '#garden'])
  await expect(list.getByRole('link', { name: 'cellar' })).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(leave('cellar')).toBeFocused()
  await expect(leave('cellar').locator('..')).toHaveCSS('opacity', '1')
  await page.keyboard.press('Enter')
  await expect(list.getByRole('link', { name: 'garden' })).toBeFocused()
  await page.keyboard.press('Delete') // the one that is open: the one above it opens
  await expect(page).toHaveURL(`${hub.url}/rooms/lobby`)
  await expect(list.getByRole('link')).toHaveText(['#lobby'])
  await page.getByRole('log').focus()
  await page.keyboard.press('l')
  await expect(list.getByRole('link', { name: 'lobby' })).toBeFocused()
  await page.keyboard.press('Delete') // the last one stays
  await page.reload()
  await expect(list.getByRole('link')).toHaveText(['#lobby'])
})

test('an answer quotes the message that it answers', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  await write(page, 'is the kettle on?')
  await expect(log(page).locator('[data-pending]')).toHaveCount(0)
  const question = (await hub.log('lobby')).find((e) => e.text === 'is the kettle on?')
  await publish(hub, 'rooms/lobby', JSON.stringify({ text: 'since noon', reply_to: question?.id }))
  await expect(row(page, 'since noon').getByRole('blockquote')).toHaveText('Answers Ada: is the kettle on?')
})

test('a theme that was chosen holds against the system’s, and is kept', async ({ page, hub }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await enter(page, hub, 'Ada')
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  expect(await paper()).toBe('rgb(246, 245, 242)')
  await page.getByRole('button', { name: /you: name, theme, leave this hub/ }).click()
  await page.getByText('Dark', { exact: true }).click()
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked()
  expect(await paper()).toBe('rgb(23, 23, 21)')
  await page.reload() // with the card, which is where one was
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked()
  expect(await paper()).toBe('rgb(23, 23, 21)')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.getByRole('log').focus()
  await page.keyboard.press('t')
  expect(await paper()).toBe('rgb(246, 245, 242)')
})
