/** An expression on its way to be parsed. */
export interface Body {
  /** The whole of it, as its author wrote it. */
  readonly text: string;
  /** What stands between the parentheses. */
  readonly inner: string;
  /** How an error names the expression. */
  readonly option: string;
}
