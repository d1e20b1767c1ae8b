import mqtt from 'mqtt'
import { Certificate } from './support/certificate'
import { Hubbub } from './support/hubbub'
import { expect, log, row, test as base, write } from './support/test'

/** Tests with a hub that has TLS, and sends plain requests on to it. */
const test = base.extend<{ certificate: Certificate; hub: Hubbub }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameter's pattern
  certificate: async ({}, provide) => {
    const certificate = await Certificate.make()
    await provide(certificate)
    await certificate.remove()
  },
  hub: async ({ certificate }, provide) => {
    const hub = await Hubbub.start({
      HUBBUB_HTTP_TLS_LISTEN: '127.0.0.1:0',
      HUBBUB_HTTP_TLS_CERT: certificate.file,
      HUBBUB_HTTP_TLS_KEY: certificate.key,
      HUBBUB_MQTT_TLS_LISTEN: '127.0.0.1:0',
    })
    await provide(hub)
    await hub.stop()
  },
})
test.use({ ignoreHTTPSErrors: true })

test('over https a browser speaks HTTP/2, and a socket, a stream, a poll and devices beside it', async ({ page, hub, certificate }) => {
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  await page.goto(`http://${hub.http}/rooms/lobby`) // which sends on
  await expect(page).toHaveURL(`https://${hub.https}/rooms/lobby`)
  await page.getByLabel('What should people call you?').fill('Ada')
  await page.keyboard.press('Enter')
  await write(page, 'hello over TLS')
  await expect(row(page, 'hello over TLS')).toHaveCount(1)
  await expect(log(page).locator('[data-pending]')).toHaveCount(0)
  expect(sockets.length).toBeGreaterThan(0)
  for (const url of sockets) expect(url).toContain(`wss://${hub.https}/ws`)
  expect(await page.evaluate(() => performance.getEntriesByType('navigation').map((e) => (e as PerformanceNavigationTiming).nextHopProtocol))).toEqual(['h2'])

  // A stream and a poll share the page's connection.
  const heard = page.evaluate(
    () =>
      new Promise<string>((done) => {
        const stream = new EventSource('/api/v1/rooms/lobby/stream?name=Eve')
        stream.addEventListener('message', (message: MessageEvent<string>) => {
          if (message.data.includes('"room.joined"')) document.documentElement.dataset['streaming'] = 'yes'
          if (message.data.includes('by MQTT')) done(message.data)
        })
      }),
  )
  await expect(page.locator('html[data-streaming]')).toHaveCount(1)
  const polled = page.evaluate(async () => {
    const begin = await fetch('/api/v1/rooms/lobby/events?name=Pol')
    const { since, epoch } = (await begin.json()) as { since: number; epoch: string }
    document.documentElement.dataset['polling'] = 'yes'
    const next = await fetch(`/api/v1/rooms/lobby/events?name=Pol&wait=30s&since=${since}&epoch=${epoch}`)
    return next.text()
  })
  await expect(page.locator('html[data-polling]')).toHaveCount(1)

  const ca = await certificate.pem
  for (const url of [`mqtts://localhost:${hub.mqtts.split(':').at(-1)}`, `wss://${hub.https}/mqtt`]) {
    const device = await mqtt.connectAsync(url, { clientId: 'kettle', ca })
    await device.publishAsync('rooms/lobby', `by MQTT over ${url}`, { qos: 1 })
    await device.endAsync()
    await expect(row(page, `by MQTT over ${url}`)).toHaveCount(1)
  }
  expect(await heard).toContain('by MQTT over mqtts')
  expect(await polled).toContain('by MQTT over mqtts')
})
