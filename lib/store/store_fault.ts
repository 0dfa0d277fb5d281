/** A failure, and how to fix it. */
export interface StoreFault {
  readonly message: string;
  readonly hint: string;
}
