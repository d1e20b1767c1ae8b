/** A stretch of text as it is to be shown. Never markup of a browser: it becomes elements one by one. */
export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'link'; readonly href: string; readonly of: readonly Inline[] }
  | { readonly type: 'strong' | 'em' | 'strike'; readonly of: readonly Inline[] }

export interface Item {
  readonly of: readonly Inline[]
  /** Lists within it. */
  readonly lists: readonly List[]
}

export interface List {
  readonly type: 'list'
  /** The number of the first item; undefined where the items have none. */
  readonly start: number | undefined
  readonly items: readonly Item[]
}

export type Block =
  | { readonly type: 'text'; readonly of: readonly Inline[] }
  | { readonly type: 'code'; readonly language: string; readonly text: string }
  | { readonly type: 'quote'; readonly of: readonly Block[] }
  | List
