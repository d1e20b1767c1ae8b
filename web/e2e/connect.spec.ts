import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { run, Running } from './support/shell'
import { enter, expect, log, test } from './support/test'

test.use({ permissions: ['clipboard-read', 'clipboard-write'] })

const panel = (page: Page) => page.getByRole('dialog', { name: /^Connect to #/ })

/** What was said in the room, which lies under the panel. */
const said = (page: Page, text: string) => page.locator('[role=log] [data-seq]').filter({ hasText: text })

/** What the panel's button puts into the clipboard, of the nth thing to copy on a tab. */
async function copied(page: Page, tab: string, nth: number): Promise<string> {
  await panel(page).getByRole('tab', { name: tab }).click()
  const button = panel(page).getByRole('tabpanel').getByRole('button', { name: /^Copy/ }).nth(nth)
  await button.click()
  await expect(button.locator('xpath=following-sibling::output')).toHaveText('Copied') // another line's may still say so
  return page.evaluate(() => navigator.clipboard.readText())
}

test('the lines that the page gives to copy work as they stand', async ({ page, hub }) => {
  await enter(page, hub, 'Ada', '2026.cold-store_1') // all that a room's name may be made of
  await page.getByRole('button', { name: 'Connect something' }).click()
  await expect(panel(page).getByText('on the hub’s own machine only')).toBeVisible()
  const running: Running[] = []
  const hear = (line: string) => {
    running.push(new Running(line))
    return running.at(-1)
  }
  try {
    const events = hear(await copied(page, 'Device', 1))
    const lines = hear(await copied(page, 'Device', 2))
    const stream = hear(await copied(page, 'HTTP', 1))
    // Listening is being there: the page shows who does.
    await page.keyboard.press('Escape')
    await expect(page.getByRole('heading', { name: 'Here, 4' })).toBeVisible()
    await page.getByRole('button', { name: 'Connect something' }).click()

    await run(await copied(page, 'Device', 0))
    await run(await copied(page, 'HTTP', 0))
    await run(await copied(page, 'Code', 0).then((code) => `python3 - <<'END'\n${code}\nEND`))
    for (const text of ['kettle is hot', 'hello from curl', 'hello from Python']) {
      await expect(said(page, text)).toHaveCount(1)
      await expect.poll(() => lines?.printed.join('\n')).toContain(text)
      for (const all of [events, stream]) await expect.poll(() => all?.printed.join('\n')).toContain(`"text":"${text}"`)
    }
    await expect(said(page, 'kettle is hot')).toContainText('kettle')
  } finally {
    for (const one of running) await one.stop()
  }
})

test('so do a frame, MQTT over a WebSocket, the command line, a webhook and a bot’s file', async ({ page, hub }) => {
  await enter(page, hub, 'Ada')
  await page.getByRole('button', { name: 'Connect something' }).click()
  const frame = await copied(page, 'WebSocket', 1)
  const address = (await copied(page, 'WebSocket', 0)).split("'")[1] ?? ''
  await page.evaluate(([url, text]) => {
    const socket = new WebSocket(url ?? '')
    socket.addEventListener('open', () => socket.send(text ?? ''))
  }, [address, frame])
  await expect(said(page, 'hello from websocat')).toHaveCount(1)

  const folder = await mkdtemp(join(tmpdir(), 'hubbub-lines-'))
  let client: Running | undefined
  try {
    // As a module beside this package's own mqtt, in Node.js.
    const code = (await copied(page, 'Code', 1)).replace('from "mqtt"', `from ${JSON.stringify(import.meta.resolve('mqtt'))}`)
    await writeFile(join(folder, 'lamp.mjs'), code)
    client = new Running(`node ${join(folder, 'lamp.mjs')}`)
    await expect(said(page, 'hello from JavaScript')).toContainText('lamp')
    await expect.poll(() => client?.printed.join('\n')).toContain('"text":"hello from JavaScript"')

    // hubbub is not in the PATH of tests, nor is its config where they run.
    const command = (line: string) => run(line.replace(/\bhubbub /, `${hub.binary} `), hub.home)
    await command(await copied(page, 'Terminal', 0))
    await expect(said(page, 'the build is green')).toHaveCount(1)
    const piped = (await copied(page, 'Terminal', 1)).replace('make', 'echo all is well')
    await command(piped)
    await expect(said(page, 'all is well')).toHaveCount(1)
    const tail = new Running((await copied(page, 'Terminal', 2)).replace(/\bhubbub /, `${hub.binary} `))
    await expect.poll(() => tail.printed.join('\n')).toContain('all is well').finally(() => tail.stop())

    const path = await run((await copied(page, 'Webhook', 0)).replace(/\bhubbub /, `${hub.environment} ${hub.binary} `), hub.home)
    const hook = (await copied(page, 'Webhook', 1)).replace('/hooks/TOKEN', /\/hooks\/\S+/.exec(path)?.[0] ?? 'no path')
    await run(hook)
    await expect(said(page, 'the build is green')).toHaveCount(2)
    await expect(said(page, 'the build is green').last()).toContainText('CI')

    await mkdir(join(folder, 'bots'))
    await writeFile(join(folder, 'bots', 'lamp.yaml'), await copied(page, 'Bot', 0))
    await run(`HUBBUB_BOTS=${join(folder, 'bots')} ${hub.binary} bot check`, hub.home)
  } finally {
    await client?.stop()
    await rm(folder, { recursive: true })
  }
})

test('an empty room’s line works too', async ({ page, hub }) => {
  await enter(page, hub, 'Ada', 'attic')
  await page.getByRole('main').getByRole('button', { name: 'Copy the line' }).click()
  await run(await page.evaluate(() => navigator.clipboard.readText()))
  await expect(log(page).getByText('kettle is hot')).toBeVisible()
})
