import { describe, expect, it } from 'vitest'
import { find } from '../features/find/found'
import { pageKeys } from '../features/keys/list'

const actions = pageKeys.map((key) => ({ ...key, run: () => {} }))
const best = (typed: string) => find(typed, { own: [], rooms: [], people: [], commands: [], actions })
  .flatMap(({ found }) => found)
  .find(({ type }) => type === 'action')

describe('finding what the page can do', () => {
  it.each([['keys', 'keys'], ['shortcuts', 'keys'], ['help', 'keys'], ['leave', 'me'], ['dark', 'theme']])('%s is %s', (typed, id) => {
    const found = best(typed)
    expect(found?.type === 'action' ? found.action.id : undefined).toBe(id)
  })
})
