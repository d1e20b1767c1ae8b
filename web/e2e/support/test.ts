import { test as base, expect, type Browser, type Page } from '@playwright/test'
import { Hubbub } from './hubbub'

/** Tests with a hub of their own. */
export const test = base.extend<{ hub: Hubbub; settings: Readonly<Record<string, string>> }>({
  /** What the hub is told by environment variables. */
  settings: [{}, { option: true }],
  hub: async ({ settings }, provide, info) => {
    const hub = await Hubbub.start(settings)
    await provide(hub)
    await hub.stop()
    if (info.status !== info.expectedStatus) await info.attach('hubbub.log', { body: hub.lines.join('\n') })
  },
})

export { expect }

/** Opens a room under a name, as a person would for the first time. */
export async function enter(page: Page, hub: Hubbub, name: string, room = 'lobby'): Promise<void> {
  await enterAs(page, hub, name, room)
  await expect(here(page).getByText(name, { exact: true })).toBeVisible()
}

/** The same where who is here may not be in sight. */
export async function enterAs(page: Page, hub: Hubbub, name: string, room = 'lobby'): Promise<void> {
  await page.goto(`${hub.url}/rooms/${room}`)
  await page.getByLabel('What should people call you?').fill(name)
  await page.getByRole('button', { name: 'Enter' }).click()
  await expect(page.getByRole('textbox', { name: /^Message #/ })).toBeVisible()
}

/** A second person, in a browser of their own. */
export async function another(browser: Browser, hub: Hubbub, name: string, room?: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1360, height: 820 }, isMobile: false, hasTouch: false })).newPage()
  await enter(page, hub, name, room)
  return page
}

export async function write(page: Page, text: string): Promise<void> {
  const box = page.getByRole('textbox', { name: /^Message #/ })
  await box.fill(text)
  await box.press('Enter')
}

export const here = (page: Page) => page.getByRole('complementary', { name: 'Who is here' })
export const log = (page: Page) => page.getByRole('log')
/** A message's row, by its text. */
export const row = (page: Page, text: string | RegExp) => log(page).locator('[data-seq]').filter({ hasText: text })
