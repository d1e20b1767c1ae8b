import { httpUrl, wsUrl, type Broker, type Place } from './address'

/** Something to copy, and what it does. */
export interface Line {
  readonly does: string
  readonly line: string
}

/** A text as one word of a POSIX shell. */
export const quoted = (text: string): string => (/^[\w%+,./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** Words as a line for the shell. */
const shell = (...words: readonly string[]): string => words.map(quoted).join(' ')

const topic = (room: string): string => `rooms/${room}`

const reaching = ({ host, port, tls }: Broker): string[] => ['-h', host, '-p', String(port), ...(tls ? ['--tls-use-os-certs'] : [])]

/** A device says something; its client id is its name. */
export const publishLine = (broker: Broker, room: string): string =>
  shell('mosquitto_pub', ...reaching(broker), '-i', 'kettle', '-q', '1', '-t', topic(room), '-m', 'kettle is hot')

export const deviceLines = (broker: Broker, room: string): Line[] => [
  { does: 'Say something. The client id is the device’s name:', line: publishLine(broker, room) },
  { does: 'Hear all that happens, as JSON:', line: shell('mosquitto_sub', ...reaching(broker), '-q', '1', '-t', topic(room)) },
  { does: 'Hear what is said, as lines for a small display:', line: shell('mosquitto_sub', ...reaching(broker), '-t', `${topic(room)}/text`) },
]

const path = (room: string): string => `/api/v1/rooms/${room}`

export const httpLines = (place: Place, room: string): Line[] => [
  { does: 'Say something:', line: shell('curl', '-d', JSON.stringify({ text: 'hello from curl' }), httpUrl(place, `${path(room)}/messages?name=curl`)) },
  { does: 'Hear all that happens, as server-sent events:', line: shell('curl', '-N', httpUrl(place, `${path(room)}/stream?name=curl`)) },
]

export const socketLines = (place: Place, room: string): Line[] => [
  { does: 'Hear all that happens, and say something by typing a frame:', line: shell('websocat', wsUrl(place, `/ws/rooms/${room}?name=websocat`)) },
  { does: 'A frame that says something. A ref of its own makes it safe to send again:', line: JSON.stringify({ type: 'chat.send_message', room, ref: 'r1', text: 'hello from websocat' }) },
]

/** `--url` may be left out on the hub's own machine, where the config says it. */
export const commandLines = (place: Place, room: string): Line[] => {
  const url = httpUrl(place, '')
  return [
    { does: 'Say something:', line: shell('hubbub', 'send', '--url', url, room, 'the build is green') },
    { does: 'Say each line that a program prints:', line: `make 2>&1 | ${shell('hubbub', 'send', '--url', url, room)}` },
    { does: 'Hear what is said, over restarts too:', line: shell('hubbub', 'tail', '--url', url, room) },
  ]
}

export const hookLines = (place: Place, room: string): Line[] => [
  { does: 'On the hub’s machine, make a webhook for this room. It prints its path, this once:', line: shell('hubbub', 'hook', 'create', room, 'CI') },
  {
    does: 'Whatever can tell Slack something can use it. With its path in the place of TOKEN:',
    line: shell('curl', '-d', JSON.stringify({ text: 'the build is green' }), httpUrl(place, '/hooks/TOKEN')),
  },
]

/** A whole file for the folder of bots. Names of rooms may look like numbers to YAML, so they are quoted. */
export const botFile = (room: string): string => `name: Lamp
rooms: ['${room}']
rules:
  - command: /lamp
    about: Says whether the lamp is on.
    reply: The lamp is on.
  - match: '(?i)\\bdark\\b'
    reply: Dark? Say /lamp, \${user.name}.
`

export const pythonCode = (place: Place, room: string): string => `import json, urllib.request

url = ${JSON.stringify(httpUrl(place, `${path(room)}/messages?name=python`))}
body = json.dumps({"text": "hello from Python"}).encode()
request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
print(urllib.request.urlopen(request).read().decode())
`

/** For MQTT.js; over a WebSocket, so that it runs in pages too. */
export const scriptCode = (place: Place, room: string): string => `// npm install mqtt
import mqtt from "mqtt"

const client = mqtt.connect(${JSON.stringify(wsUrl(place, '/mqtt'))}, { clientId: "lamp" })
client.on("message", (_, event) => console.log(String(event)))
client.subscribe(${JSON.stringify(topic(room))}, { qos: 1 }, () => {
  client.publish(${JSON.stringify(topic(room))}, "hello from JavaScript", { qos: 1 })
})
`
