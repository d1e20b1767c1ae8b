import type { About, Listener } from '../../hub/server'

/** Where this page came from, as the browser says. */
export type Place = Pick<Location, 'protocol' | 'host' | 'hostname'>

/** Where one connects by MQTT over TCP. */
export interface Broker {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Only the hub's own machine reaches it. */
  readonly local: boolean
}

/** The listener that most can reach, an encrypted one for an encrypted page; undefined when there is none, or nothing is known yet. */
export function brokerOf(about: About | undefined, place: Place): Broker | undefined {
  const worth = (l: Listener) => (l.local ? 0 : 2) + (l.tls === (place.protocol === 'https:') ? 1 : 0)
  const best = about?.mqtt.toSorted((a, b) => worth(b) - worth(a)).at(0)
  if (best === undefined) return undefined
  const { port, tls, local } = best
  return { host: best.host || bare(place.hostname), port, tls, local }
}

/** An IPv6 address without the brackets of URLs. */
const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')

export const httpUrl = (place: Place, path: string): string => `${place.protocol}//${place.host}${path}`

export const wsUrl = (place: Place, path: string): string =>
  `${place.protocol === 'https:' ? 'wss:' : 'ws:'}//${place.host}${path}`
