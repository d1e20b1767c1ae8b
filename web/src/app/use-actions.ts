import { useMemo } from 'react'
import { pageKeys, type PageKeyId } from '../features/keys/list'
import { useShortcuts } from '../ui/use-shortcuts'

/** What each key of the page does here. */
export type Runs = Readonly<Record<PageKeyId, () => void>>

export type Actions = readonly (Pick<(typeof pageKeys)[number], 'id' | 'combo' | 'show' | 'does'> & { readonly run: () => void })[]

/** Makes the keys work. Returns them as things that can be found, by what they do. */
export function useActions(runs: Runs): Actions {
  const actions = useMemo(() => pageKeys.map(({ id, combo, show, does }) => ({ id, combo, show, does, run: runs[id] })), [runs])
  const byCombo = useMemo(() => Object.fromEntries(actions.map(({ combo, run }) => [combo, run])), [actions])
  useShortcuts(byCombo)
  return actions
}
