/** One change of the code's text: what `find` is, once in `file`, becomes `replace`. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/**
 * A rule of the protocol, and how to take it out of the code. The production code has no switch for it: a process of the
 * simulator loads the changed text instead.
 */
export interface Rule {
  readonly name: string;
  /** What goes wrong without it. */
  readonly why: string;
  readonly edits: readonly Edit[];
}
