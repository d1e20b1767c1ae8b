import type { Page } from '@playwright/test'
import { lines, Speaker } from './support/seed'
import { enter, expect, log, row, test, write } from './support/test'

test.use({ settings: { HUBBUB_LIMITS_EVENTS: '0' } })

interface Anchor {
  readonly seq: string
  readonly top: number
}

/** The first message in sight below the top, and where it stands. */
const anchor = (page: Page): Promise<Anchor> => log(page).evaluate(scrolled, 0)

/** The same, after the list was scrolled by so much. Runs in the page. */
function scrolled(box: Element, by: number): Anchor {
  box.scrollBy(0, by)
  const edge = box.getBoundingClientRect().top
  const found = [...box.querySelectorAll<HTMLElement>('[data-seq]')].find((el) => el.getBoundingClientRect().top >= edge)
  return { seq: found?.dataset['seq'] ?? '', top: (found?.getBoundingClientRect().top ?? 0) - edge }
}

const painted = (page: Page): Promise<unknown> => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))

const topOf = (page: Page, seq: string): Promise<number> =>
  log(page).evaluate((box, of) => (box.querySelector(`[data-seq="${of}"]`)?.getBoundingClientRect().top ?? NaN) - box.getBoundingClientRect().top, seq)

const first = (page: Page): Promise<number> => log(page).locator('[data-seq]').first().getAttribute('data-seq').then(Number)

const isAtBottom = (page: Page): Promise<boolean> => log(page).evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2)

/** Watches one message in every frame; `off` tells how far it ever was from where it stood. */
async function watch(page: Page, { seq, top }: Anchor): Promise<() => Promise<number>> {
  await log(page).evaluate(
    (box, [of, at]) => {
      const seen = { worst: 0, frames: 0, on: true }
      Object.assign(window, { seen })
      // After a frame is painted: what is corrected before that, nobody sees.
      const { port1, port2 } = new MessageChannel()
      const look = () => {
        const now = box.querySelector(`[data-seq="${of}"]`)?.getBoundingClientRect().top
        seen.worst = Math.max(seen.worst, now === undefined ? Infinity : Math.abs(now - box.getBoundingClientRect().top - at))
        seen.frames++
        if (seen.on) requestAnimationFrame(() => port2.postMessage(0))
      }
      port1.addEventListener('message', look)
      port1.start()
      port2.postMessage(0)
    },
    [seq, top] as const,
  )
  return () =>
    page.evaluate(() => {
      const { seen } = window as unknown as { seen: { worst: number; frames: number; on: boolean } }
      seen.on = false
      return seen.frames === 0 ? Infinity : seen.worst
    })
}

test('20,000 messages: from the end to the start, nothing in sight ever jumps, and the page stays small', async ({ page, hub }) => {
  test.setTimeout(300_000) // on a machine that does much else
  const count = 20_000
  const speaker = await Speaker.open(hub, 'Grace', 'lobby')
  await speaker.sayAll(lines(count))
  await enter(page, hub, 'Ada')
  await expect(row(page, 'line 20000')).toBeInViewport()
  await log(page).hover()

  // Step by step: what is in sight is moved by as much as was scrolled, and by nothing else.
  let turns = 0
  for (let seen = count; seen > count - 400; turns++) {
    const before = await anchor(page)
    const by = await log(page).evaluate((box, px) => {
      const top = box.scrollTop
      box.scrollBy(0, -px)
      return top - box.scrollTop
    }, 400)
    const moved = (await topOf(page, before.seq)) - before.top
    expect(Math.abs(moved - by), `at ${before.seq}`).toBeLessThan(1)
    const stands = await anchor(page)
    await painted(page)
    expect(Math.abs((await topOf(page, stands.seq)) - stands.top), `settled at ${stands.seq}`).toBeLessThan(1)
    seen = Number(stands.seq)
  }
  expect(turns).toBeGreaterThan(20)

  // On to the start, as fast as pages come.
  await expect
    .poll(
      async () => {
        await log(page).evaluate((box) => box.scrollTo(0, 0))
        return first(page)
      },
      { timeout: 200_000, intervals: [20] },
    )
    .toBe(1)
  await expect(row(page, /^.*line 1 /)).toBeInViewport()
  expect(await page.locator('[data-row]').count(), 'rows in the page').toBeLessThan(150)

  // Down again a while: what was dropped comes back, in order and without a hole.
  let last = 1
  for (let i = 0; i < 12; i++) {
    await log(page).evaluate((box) => box.scrollBy(0, 1_500))
    await painted(page)
    const seqs = await log(page).locator('[data-seq]').evaluateAll((all) => all.map((el) => Number(el.dataset['seq'])))
    expect(seqs).toEqual(seqs.map((_, j) => (seqs[0] ?? 0) + j))
    expect(seqs.at(-1)).toBeGreaterThan(last)
    last = seqs.at(-1) ?? 0
  }
  await speaker.sayAll([{ text: 'news from below' }])
  await expect(page.getByRole('button', { name: 'Jump to present, 1 new' })).toBeVisible()
  await log(page).focus()
  await page.keyboard.press('j')
  await expect(row(page, 'news from below')).toBeInViewport()
  await expect(page.getByRole('button', { name: /Jump to present/ })).toBeHidden()
  expect(await isAtBottom(page)).toBe(true)
  speaker.close()
})

test('what grows, shrinks, comes and goes above and below leaves the reader where they are', async ({ page, hub }) => {
  const speaker = await Speaker.open(hub, 'Grace', 'lobby')
  const ids = await speaker.sayAll(lines(700))
  await enter(page, hub, 'Ada')
  await expect(row(page, 'line 700')).toBeInViewport()
  await log(page).evaluate((box) => box.scrollBy(0, -1_200))
  await expect(page.getByRole('button', { name: 'Jump to present' })).toBeVisible()
  const place = await anchor(page)
  const off = await watch(page, place)
  const above = Number(place.seq) - 2

  // A picture that is loaded, an edit that makes a message long, reactions, and a hundred messages below.
  await log(page).locator(`[data-seq="${above}"]`).evaluate((el) => {
    const picture = document.createElement('div')
    picture.style.height = '311px'
    requestAnimationFrame(() => el.append(picture))
  })
  const act = (type: string, target: string | undefined, rest: object) => speaker.act({ type, target, ...rest })
  await act('chat.edit_message', ids[above - 2], { text: 'edited\nto be\nmuch\nlonger' })
  await act('chat.react', ids[above - 1], { emoji: '👍' })
  await act('chat.delete_message', ids[above - 3], {})
  await speaker.sayAll(lines(100, 701))
  await expect(page.getByRole('button', { name: 'Jump to present, 100 new' })).toBeVisible()
  await log(page).locator(`[data-seq="${above}"] > div:last-child`).evaluate((el) => requestAnimationFrame(() => el.style.setProperty('height', '12px')))
  await page.setViewportSize({ width: 1360, height: 700 })
  expect(await off(), 'never off by a pixel').toBeLessThan(1)

  // A page that is put before it does not move it either.
  const tall = () => log(page).evaluate((box) => box.scrollHeight)
  await log(page).evaluate((box) => box.scrollTo(0, 1_600))
  await painted(page)
  const before = await tall()
  const offAgain = await watch(page, await log(page).evaluate(scrolled, -700))
  await expect.poll(tall).toBeGreaterThan(before + 1_000)
  expect(await offAgain()).toBeLessThan(1)
  speaker.close()
})

test('the bottom is kept only by who is there; sending goes there', async ({ page, hub }) => {
  const speaker = await Speaker.open(hub, 'Grace', 'lobby')
  await speaker.sayAll(lines(130))
  await enter(page, hub, 'Ada')
  await speaker.sayAll(lines(20, 131))
  await expect(row(page, 'line 150')).toBeInViewport()
  await log(page).evaluate((box) => box.scrollBy(0, -500))
  const place = await anchor(page)
  await speaker.sayAll(lines(3, 151))
  await expect(page.getByRole('button', { name: 'Jump to present, 3 new' })).toBeVisible()
  expect(await topOf(page, place.seq)).toBeCloseTo(place.top, 0)
  await write(page, 'here I am')
  await expect(row(page, 'here I am')).toBeInViewport()
  expect(await isAtBottom(page)).toBe(true)

  // Another room and back: where one was, and where one was not at the bottom, that place.
  await log(page).evaluate((box) => box.scrollBy(0, -700))
  const left = await anchor(page)
  await page.keyboard.press('Escape')
  await log(page).focus()
  await page.keyboard.press('o')
  await page.getByLabel('Name of the room').fill('attic')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/attic/)
  await page.goBack()
  await expect(row(page, 'line')).not.toHaveCount(0)
  expect(await topOf(page, left.seq)).toBeCloseTo(left.top, 0)
  speaker.close()
})

test('an answer leads to the message far above, a link does, and one comes back', async ({ page, hub }) => {
  const speaker = await Speaker.open(hub, 'Grace', 'lobby')
  const ids = await speaker.sayAll(lines(3_000))
  await speaker.sayAll([{ text: 'as I said', reply_to: ids[499] }, { text: 'and you', reply_to: ids[2_990] }])
  await enter(page, hub, 'Ada')
  await expect(row(page, 'as I said').getByRole('blockquote')).toContainText('Answers Grace: line 500')

  await row(page, 'as I said').getByRole('blockquote').getByRole('button').click()
  await expect(row(page, /line 500\D/)).toBeInViewport()
  await expect(page).toHaveURL(new RegExp(`at=${ids[499]}`))
  const seqs = await log(page).locator('[data-seq]').evaluateAll((all) => all.map((el) => Number(el.dataset['seq'])))
  expect(seqs).toEqual(seqs.map((_, j) => (seqs[0] ?? 0) + j))

  // What happens to a message there is shown there.
  await speaker.act({ type: 'chat.edit_message', target: ids[500], text: 'changed meanwhile' })
  await expect(row(page, 'changed meanwhile')).toContainText('(edited)')
  await page.getByRole('button', { name: /Jump to present/ }).click()
  await expect(row(page, 'as I said')).toBeInViewport()
  await expect(page).toHaveURL(`${hub.url}/rooms/lobby`)

  await page.goto(`${hub.url}/rooms/lobby?at=${ids[999]}`)
  await expect(row(page, /line 1000\D/)).toBeInViewport()
  await page.goto(`${hub.url}/rooms/lobby?at=01nothing`)
  await expect(page.getByText('That message is no longer there.')).toBeVisible()
  await expect(row(page, 'as I said')).toBeInViewport()
  speaker.close()
})

test('the keyboard goes through all messages, and the focus outlives what is drawn', async ({ page, hub }) => {
  const speaker = await Speaker.open(hub, 'Grace', 'lobby')
  await speaker.sayAll(lines(400))
  await enter(page, hub, 'Ada')
  await expect(row(page, 'line 400')).toBeInViewport()
  await log(page).focus()
  for (let seq = 400; seq > 280; seq--) {
    await page.keyboard.press('ArrowUp')
    await expect(log(page).locator(`[data-seq="${seq}"]`)).toBeFocused()
  }
  await expect(row(page, /line 281\D/)).toBeInViewport()
  // The one in focus stays, though the list is scrolled far away from it.
  await log(page).evaluate((box) => box.scrollTo(0, box.scrollHeight))
  await expect(row(page, 'line 400')).toBeInViewport()
  await expect(log(page).locator('[data-seq="281"]')).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(log(page).locator('[data-seq="280"]')).toBeFocused()
  await expect(log(page).locator('[data-seq="280"]')).toBeInViewport()
  await page.keyboard.press('End')
  await expect(log(page).locator('[data-seq="400"]')).toBeFocused()
  await page.keyboard.press('r')
  await expect(page.getByText('Answering Grace: line 400')).toBeVisible()
  speaker.close()
})
