/** A promise with its ends at hand (Promise.withResolvers, which Node 20 does not have). */
export class Deferred {
  resolve!: () => void
  reject!: (reason: Error) => void
  readonly promise = new Promise<void>((resolve, reject) => {
    this.resolve = resolve
    this.reject = reject
  })
}
