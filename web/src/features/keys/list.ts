/** A key of the page: what it does, and what it is called for what runs it. */
interface PageKey {
  readonly id: string
  /** As `useShortcuts` names it. */
  readonly combo: string
  readonly show: readonly string[]
  readonly does: string
}

/** The keys that work wherever one is on the page. */
export const pageKeys = [
  { id: 'find', combo: 'ctrl+k', show: ['Ctrl', 'K'], does: 'Find or jump to a room, a person, a command' },
  { id: 'above', combo: 'alt+arrowup', show: ['Alt', '↑'], does: 'Room above' },
  { id: 'below', combo: 'alt+arrowdown', show: ['Alt', '↓'], does: 'Room below' },
  { id: 'unread', combo: 'alt+u', show: ['Alt', 'U'], does: 'Next room with something unread' },
  { id: 'write', combo: 'm', show: ['M'], does: 'Write a message' },
  { id: 'rooms', combo: 'l', show: ['L'], does: 'The list of rooms' },
  { id: 'here', combo: 'h', show: ['H'], does: 'Show or hide who is here' },
  { id: 'connect', combo: 'c', show: ['C'], does: 'Connect something to this room' },
  { id: 'create', combo: 'o', show: ['O'], does: 'Open or create a room' },
  { id: 'me', combo: 'y', show: ['Y'], does: 'You: name, theme, leave this hub' },
  { id: 'rename', combo: 'n', show: ['N'], does: 'Change your name' },
  { id: 'theme', combo: 't', show: ['T'], does: 'Light, dark or the system’s theme' },
  { id: 'keys', combo: '?', show: ['?'], does: 'Keys: all shortcuts, help' },
] as const satisfies readonly PageKey[]

export type PageKeyId = (typeof pageKeys)[number]['id']

type Line = readonly [show: readonly string[], does: string]

/** All others, by where they work. */
export const placedKeys: readonly { readonly place: string; readonly lines: readonly Line[] }[] = [
  {
    place: 'Where you write',
    lines: [
      [['Enter'], 'Send the message'],
      [['Shift', 'Enter'], 'New line'],
      [['↑'], 'Edit your last message, where nothing is written'],
      [['/'], 'At the start: what the bots answer to'],
      [['@'], 'Name somebody'],
      [[':'], 'An emoji by its name'],
      [['↑', '↓'], 'Choose from what is offered'],
      [['Tab'], 'Take what is chosen; Enter does too'],
      [['Esc'], 'Leave an edit or an answer; close what is offered'],
    ],
  },
  {
    place: 'In the list of messages',
    lines: [
      [['↑', '↓'], 'From message to message'],
      [['Home'], 'First message at hand'],
      [['End'], 'Last message'],
      [['J'], 'Jump to present'],
      [['R'], 'Answer the message in focus'],
      [['+'], 'React to it'],
      [['E'], 'Edit it'],
      [['Ctrl', 'C'], 'Copy its text'],
      [['U'], 'Copy its link'],
      [['Del'], 'Delete it'],
    ],
  },
  {
    place: 'Elsewhere',
    lines: [
      [['Del'], 'Leave the room in focus in the list of rooms'],
      [['Esc'], 'Close what is open'],
    ],
  },
]
