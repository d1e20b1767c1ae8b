import { Bot, Cpu } from 'lucide-react'
import { hueOf, initialsOf, type Kind } from './kind'

interface Props {
  readonly id: string
  readonly name: string
  readonly kind: Kind
  readonly size?: 'm' | 's'
}

/** People are round with initials, bots and devices rounded squares with a glyph. Decoration: the name stands beside it. */
export function Avatar({ id, name, kind, size = 'm' }: Props) {
  const box = size === 'm' ? 'size-9 text-[13.5px]' : 'size-7 text-[11.5px]'
  const glyph = size === 'm' ? 18 : 15
  const base = `grid flex-none place-items-center font-[650] select-none ${box}`
  if (kind === 'bot') {
    return <span aria-hidden className={`${base} rounded-[10px] bg-bot-soft text-bot`}><Bot size={glyph} strokeWidth={1.8} /></span>
  }
  if (kind === 'device') {
    return <span aria-hidden className={`${base} rounded-[10px] bg-dev-soft text-dev`}><Cpu size={glyph} strokeWidth={1.8} /></span>
  }
  return <span aria-hidden className={`${base} rounded-full hue-${hueOf(id)}`}>{initialsOf(name)}</span>
}

/** The word beside a name that is not a person's. */
export function KindTag({ kind }: { readonly kind: Kind }) {
  if (kind !== 'bot' && kind !== 'device') return null
  const colour = kind === 'bot' ? 'bg-bot-soft text-bot' : 'bg-dev-soft text-dev'
  return <span className={`rounded-[5px] px-1.5 text-[11.5px]/[18px] font-semibold ${colour}`}>{kind}</span>
}
