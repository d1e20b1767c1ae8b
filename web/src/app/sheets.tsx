import { Component, lazy, type ReactNode } from 'react'
import { Button } from '../ui/button'

const parts = {
  find: () => import('../features/find/find'),
  connect: () => import('../features/connect/connect'),
  keys: () => import('../features/keys/keys'),
  dialogs: () => import('../features/sidebar/dialogs'),
  me: () => import('../features/sidebar/me-card'),
  drawer: () => import('../ui/dialog'),
  deleting: () => import('../features/room/delete-dialog'),
  emojis: () => import('../features/room/emojis'),
  picker: () => import('../features/room/emoji-picker'),
}

export const Find = lazy(async () => ({ default: (await parts.find()).Find }))
export const Connect = lazy(async () => ({ default: (await parts.connect()).Connect }))
export const KeysSheet = lazy(async () => ({ default: (await parts.keys()).KeysSheet }))
export const OpenRoomDialog = lazy(async () => ({ default: (await parts.dialogs()).OpenRoomDialog }))
export const RenameDialog = lazy(async () => ({ default: (await parts.dialogs()).RenameDialog }))
export const LeaveDialog = lazy(async () => ({ default: (await parts.dialogs()).LeaveDialog }))
export const Drawer = lazy(async () => ({ default: (await parts.drawer()).Drawer }))
export const MeCard = lazy(async () => ({ default: (await parts.me()).MeCard }))

/** Fetches what is not needed for the first sight, so that all of it is there when the hub is not. */
export function fetchSheets(): void {
  for (const part of Object.values(parts)) part().catch(() => {}) // told when it is needed
}

/** Around what lies over the room: a part that cannot be fetched does not take the room with it. */
export class Fence extends Component<{ readonly onClose: () => void; readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false }
  static getDerivedStateFromError() {
    return { broken: true }
  }
  override render() {
    return this.state.broken ? <Unfetched onClose={this.props.onClose} /> : this.props.children
  }
}

function Unfetched({ onClose }: { readonly onClose: () => void }) {
  return (
    <div role="alert" className="fixed inset-x-3 bottom-3 z-30 mx-auto flex max-w-[440px] items-center gap-3 rounded-[10px] border border-line bg-card p-4 shadow-float">
      <span className="flex-1">This part of the page could not be fetched from the hub. What you write is kept.</span>
      <Button onClick={() => window.location.reload()}>Load anew</Button>
      <Button onClick={onClose}>Close</Button>
    </div>
  )
}
