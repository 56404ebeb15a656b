/** A running engine. Disposing it ends it and frees its port. */
export interface Engine extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly endpoint: string;
}
