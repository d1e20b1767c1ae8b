const KEY = 'hubbub.theme'
export const themes = ['system', 'light', 'dark'] as const

export type Theme = (typeof themes)[number]

const listeners = new Set<() => void>()
let current = read()

/** The theme chosen in this browser; public/theme.js applies it before the first paint of the next visit. */
export const theme = {
  get: (): Theme => current,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  set: choose,
  /** From system to light to dark and round again. */
  next: (): void => {
    choose(themes[(themes.indexOf(current) + 1) % themes.length] ?? 'system')
  },
}

function choose(value: Theme): void {
  current = value
  apply(value)
  for (const listener of listeners) listener()
}

function read(): Theme {
  const value = document.documentElement.dataset['theme']
  return value === 'light' || value === 'dark' ? value : 'system'
}

function apply(value: Theme): void {
  const root = document.documentElement
  if (value === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = value
  try {
    if (value === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, value)
  } catch {
    // Not kept for the next visit.
  }
}
