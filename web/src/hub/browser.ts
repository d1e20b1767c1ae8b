import { Hub } from './hub'
import { browserStorage } from './storage'
import type { Wire, WireEvents } from './socket'

const HIDDEN_MS = 250

/** The hub that this page was loaded from. */
export function browserHub(): Hub {
  const hub = new Hub({ storage: browserStorage(), open: openSocket, schedule: beforePaint })
  window.addEventListener('online', () => hub.network(true))
  window.addEventListener('offline', () => hub.network(false))
  if (!navigator.onLine) hub.network(false)
  void hub.server.refresh()
  window.addEventListener('pageshow', () => hub.wake())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') hub.wake()
  })
  return hub
}

function openSocket(path: string, events: WireEvents): Wire {
  const url = new URL(path, window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url)
  socket.addEventListener('open', () => events.opened())
  socket.addEventListener('message', (e: MessageEvent<unknown>) => {
    if (typeof e.data === 'string') events.received(e.data)
  })
  socket.addEventListener('close', (e) => events.closed(e.code, e.reason))
  return socket
}

/** Once, before the next frame is painted; soon, in a page that paints none. */
function beforePaint(tell: () => void): void {
  let told = false
  const once = () => {
    if (told) return
    told = true
    clearTimeout(timer)
    cancelAnimationFrame(frame)
    tell()
  }
  const frame = requestAnimationFrame(once)
  const timer = setTimeout(once, HIDDEN_MS)
}
