import { Component, lazy, Suspense, type ReactNode } from 'react'
import { Button } from '../ui/button'

const parts = {
  find: () => import('../features/find/find'),
  connect: () => import('../features/connect/connect'),
  keys: () => import('../features/keys/keys'),
  dialogs: () => import('../features/sidebar/dialogs'),
  me: () => import('../features/sidebar/me-card'),
}

export const Find = lazy(async () => ({ default: (await parts.find()).Find }))
export const Connect = lazy(async () => ({ default: (await parts.connect()).Connect }))
export const KeysSheet = lazy(async () => ({ default: (await parts.keys()).KeysSheet }))
export const OpenRoomDialog = lazy(async () => ({ default: (await parts.dialogs()).OpenRoomDialog }))
export const RenameDialog = lazy(async () => ({ default: (await parts.dialogs()).RenameDialog }))
export const LeaveDialog = lazy(async () => ({ default: (await parts.dialogs()).LeaveDialog }))
export const MeCard = lazy(async () => ({ default: (await parts.me()).MeCard }))

/** Fetches what is not needed for the first sight, so that all of it is there when the hub is not. */
export function fetchSheets(): void {
  for (const part of Object.values(parts)) part().catch(() => {}) // told when it is needed
}

/** What lies over the room. A part that cannot be fetched does not take the room with it. */
export function Over({ onClose, children }: { readonly onClose: () => void; readonly children: ReactNode }) {
  return (
    <Fence fallback={<Unfetched onClose={onClose} />}>
      <Suspense fallback={null}>{children}</Suspense>
    </Fence>
  )
}

class Fence extends Component<{ readonly fallback: ReactNode; readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false }
  static getDerivedStateFromError() {
    return { broken: true }
  }
  override render() {
    return this.state.broken ? this.props.fallback : this.props.children
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
