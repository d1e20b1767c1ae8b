import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** The widths that are looked at: three columns, two, and one for large and for small hands. */
export const views = [
  { width: 1360, height: 820 },
  { width: 900, height: 700 },
  { width: 360, height: 740 },
  { width: 320, height: 568 },
]

/** Takes a picture, and sees that the page passes axe, keeps to its width, and has targets for fingers where it is narrow. */
export async function check(page: Page, name: string, isNarrow: boolean): Promise<void> {
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
