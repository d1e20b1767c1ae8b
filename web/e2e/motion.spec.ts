import type { Page } from '@playwright/test'
import { enterAs, expect, test } from './support/test'

/** Notes what begins to move of a dialog that does not close. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: string[] = []
    Object.assign(window, { seen })
    document.addEventListener('transitionrun', ({ target, propertyName }) => {
      if (target instanceof Element && target.matches('[role=dialog]:not([data-ending-style])')) seen.push(propertyName)
    })
  })
}

/** What began to move since it was asked last. */
const moved = (page: Page) => page.evaluate(() => (window as unknown as { seen: string[] }).seen.splice(0).toSorted())

/** Opens what the button does, and returns what moved when it was there for some frames. */
async function opened(page: Page, button: string): Promise<string[]> {
  await page.getByRole('button', { name: button }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.evaluate(async () => {
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
  })
  const seen = await moved(page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  return seen
}

for (const { width, lies } of [
  { width: 1360, lies: [['Connect something', ['opacity', 'translate']], ['you: name, theme', ['opacity', 'translate']]] },
  { width: 360, lies: [['Rooms', ['translate']], ['Who is here', ['translate']]] },
] as const) {
  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    test.describe(`at ${width} px, ${reducedMotion}`, () => {
      test.use({ viewport: { width, height: 740 }, contextOptions: { reducedMotion } })

      test(`what lies over the room ${reducedMotion === 'reduce' ? 'does not move' : 'moves as it opens, the first time too'}`, async ({ page, hub }) => {
        await watch(page)
        await enterAs(page, hub, 'Ada')
        for (const [button, want] of lies) {
          for (const time of ['first', 'second']) {
            expect(await opened(page, button), `${button}, the ${time} time`).toEqual(reducedMotion === 'reduce' ? [] : want)
          }
        }
      })
    })
  }
}
