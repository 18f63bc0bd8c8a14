/** A promise that is settled from outside. Its rejection never counts as unhandled. */
export class Deferred<T = void> {
  readonly promise: Promise<T>
  #settle: { resolve: (value: T) => void; reject: (error: unknown) => void } | undefined

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    this.promise.catch(() => undefined)
  }

  readonly resolve = (value: T): void => this.#settle?.resolve(value)
  readonly reject = (error: unknown): void => this.#settle?.reject(error)
}
