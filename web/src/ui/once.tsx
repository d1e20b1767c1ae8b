import { Suspense, useState, type ReactNode } from 'react'

/** Nothing until it is wanted; from then on what it holds, which may have to be fetched first. */
export function Once({ wanted, children }: { readonly wanted: boolean; readonly children: ReactNode }) {
  const [been, setBeen] = useState(wanted)
  if (wanted && !been) setBeen(true)
  return been || wanted ? <Suspense fallback={null}>{children}</Suspense> : null
}
