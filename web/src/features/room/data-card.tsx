import type { ReactNode } from 'react'

interface Field {
  readonly name: string
  readonly value: unknown
}

/** More fields, or deeper ones, are told as JSON. */
const FIELDS = 24

/** What a device said in data: names and values in a card; what is no flat object as it is. */
export function DataCard({ data }: { readonly data: unknown }) {
  const fields = fieldsOf(data)
  return (
    <div className="mt-1 w-fit max-w-full min-w-[min(220px,100%)] overflow-hidden rounded-[10px] border border-line bg-card px-3.5 py-2 shadow-float">
      {fields === undefined ? (
        <pre tabIndex={0} className="max-h-80 overflow-auto text-[13px]/5 -outline-offset-2"><code>{JSON.stringify(data, null, 2)}</code></pre>
      ) : (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-0.5">
          {fields.map(({ name, value }) => (
            <div key={name} className="col-span-2 grid grid-cols-subgrid items-baseline">
              <dt className="text-[13px]/5 text-ink-3">{name}</dt>
              <dd className="font-mono text-[13px]/5 tabular-nums">{shown(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0

/** The fields of an object, and of those in it, under both names; undefined where it is none, or there are too many. */
function fieldsOf(data: unknown): readonly Field[] | undefined {
  if (!isObject(data)) return undefined
  const fields = Object.entries(data).flatMap(([name, value]: [string, unknown]) =>
    isObject(value) ? Object.entries(value).map(([inner, of]: [string, unknown]) => ({ name: `${name}.${inner}`, value: of })) : [{ name, value }],
  )
  return fields.length > FIELDS ? undefined : fields
}

function shown(value: unknown): ReactNode {
  if (typeof value === 'number') return value.toLocaleString('en', { maximumFractionDigits: 6, useGrouping: false }).replace('-', '−')
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}
