import { Tabs } from '@base-ui/react/tabs'
import { useEffect, type ReactNode } from 'react'
import type { Hub } from '../../hub/hub'
import type { About } from '../../hub/server'
import { CopyLine } from '../../ui/copy-line'
import { CardDialog } from '../../ui/dialog'
import { useStore } from '../../ui/use-store'
import { brokerOf, wsUrl, type Broker, type Place } from './address'
import { botFile, commandLines, deviceLines, hookLines, httpLines, pythonCode, scriptCode, socketLines, type Line } from './lines'

interface Props {
  readonly hub: Hub
  readonly room: string
  readonly open: boolean
  readonly onClose: () => void
}

/** How anything that is no browser gets into this room: lines to copy, for this very hub. */
export function Connect({ hub, room, open, onClose }: Props) {
  const about = useStore(hub.server.about)
  useEffect(() => {
    if (open) void hub.server.refresh() // it may listen elsewhere since its last start
  }, [hub, open])
  const place = window.location
  const tabs: readonly (readonly [name: string, panel: ReactNode])[] = [
    ['Device', <Device key="d" about={about} place={place} room={room} />],
    ['HTTP', <Lines key="h" lines={httpLines(place, room)} note={<>All of the API is described at <a href="/docs" target="_blank" rel="noreferrer" className="text-accent-text underline underline-offset-2">/docs</a>.</>} />],
    ['WebSocket', <Lines key="w" lines={socketLines(place, room)} />],
    ['Terminal', <Lines key="t" lines={commandLines(place, room)} note="On the hub’s own machine --url may be left out." />],
    ['Webhook', <Lines key="k" lines={hookLines(place, room)} />],
    ['Bot', <Bot key="b" room={room} />],
    ['Code', <Code key="c" place={place} room={room} />],
  ]
  return (
    <CardDialog open={open} onClose={onClose} title={`Connect to #${room}`} wide>
      <Tabs.Root defaultValue="Device" className="grid gap-3">
        <Tabs.List aria-label="Kinds of connection" activateOnFocus className="flex flex-wrap gap-1 border-b border-line pb-2">
          {tabs.map(([name]) => (
            <Tabs.Tab
              key={name}
              value={name}
              className="min-h-11 rounded-[7px] px-3 text-[13.5px] font-[550] text-ink-2 -outline-offset-2 hover:bg-bg data-active:bg-accent-soft data-active:text-accent-text mid:min-h-8"
            >
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(([name, panel]) => (
          <Tabs.Panel key={name} value={name} className="grid min-h-[236px] content-start gap-3 rounded-sm outline-offset-4">{panel}</Tabs.Panel>
        ))}
      </Tabs.Root>
    </CardDialog>
  )
}

function Lines({ lines, note }: { readonly lines: readonly Line[]; readonly note?: ReactNode }) {
  return (
    <>
      {lines.map(({ does, line }) => (
        <div key={line} className="grid gap-1">
          <p className="text-[13.5px] text-ink-2">{does}</p>
          <CopyLine line={line} />
        </div>
      ))}
      {note !== undefined && <p className="text-[13px]/[18px] text-ink-3">{note}</p>}
    </>
  )
}

function Device({ about, place, room }: { readonly about: About | undefined; readonly place: Place; readonly room: string }) {
  const broker = brokerOf(about, place)
  if (broker === undefined) return <p className="text-ink-2">{about === undefined ? 'The hub has not said yet where MQTT listens.' : 'MQTT listens nowhere on this hub.'}</p>
  const overWeb = { does: 'MQTT over a WebSocket, for programs that speak it (subprotocol mqtt):', line: wsUrl(place, '/mqtt') }
  return <Lines lines={[...deviceLines(broker, room), overWeb]} note={noteOn(broker)} />
}

function noteOn({ local, tls }: Broker): ReactNode {
  const own = local && <>MQTT listens on the hub’s own machine only: these lines work there. <code>mqtt.listen</code> in its config opens it to others. </>
  const unknown = tls && <>Where no public authority vouches for the hub’s certificate, <code>--cafile FILE</code> stands in the place of <code>--tls-use-os-certs</code>.</>
  return own || unknown ? <>{own}{unknown}</> : undefined
}

function Bot({ room }: { readonly room: string }) {
  return (
    <>
      <p className="text-[13.5px] text-ink-2">A bot is a file in the hub’s folder of bots, <code>configs/bots/lamp.yaml</code> say. The hub takes it over while it runs:</p>
      <CopyLine line={botFile(room)} what="the file" />
      <Lines
        lines={[{ does: 'Talk to it in the terminal, without a hub:', line: 'hubbub bot try lamp' }]}
        note={<><code>hubbub bot check</code> says what is wrong with the files.</>}
      />
    </>
  )
}

function Code({ place, room }: { readonly place: Place; readonly room: string }) {
  return (
    <>
      <p className="text-[13.5px] text-ink-2">Python, with nothing to install:</p>
      <CopyLine line={pythonCode(place, room)} what="the Python" />
      <p className="text-[13.5px] text-ink-2">JavaScript, in Node.js as in a page of this hub:</p>
      <CopyLine line={scriptCode(place, room)} what="the JavaScript" />
    </>
  )
}
