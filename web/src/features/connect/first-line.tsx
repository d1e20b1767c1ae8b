import type { Hub } from '../../hub/hub'
import { CopyLine } from '../../ui/copy-line'
import { useStore } from '../../ui/use-store'
import { Button } from '../../ui/button'
import { brokerOf } from './address'
import { publishLine } from './lines'

/** The next steps in an empty room: write, or let a device speak. */
export function FirstLine({ hub, room, onConnect }: { readonly hub: Hub; readonly room: string; readonly onConnect: () => void }) {
  const broker = brokerOf(useStore(hub.server.about), window.location)
  return (
    <>
      <p className="text-ink-2">Write the first message below, or let a device speak:</p>
      {broker !== undefined && <CopyLine line={publishLine(broker, room)} />}
      <div><Button onClick={onConnect}>More ways to connect</Button></div>
    </>
  )
}
