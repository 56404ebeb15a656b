import type { FaultKind } from '../world/fault-kinds.ts';

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
  /** Faults that lead to it: the runs that look for it have much of them. */
  readonly focus?: readonly FaultKind[];
  /**
   * Whether the runs that look for it have recurring schedules.
   * @default false
   */
  readonly ticks?: boolean;
  /**
   * Enqueues of the runs that look for it: another number makes another run of the same seed.
   * @default 40
   */
  readonly jobs?: number;
  /**
   * Why no run notices that it is out.
   * @default one does: its seed is recorded in noticed.jsonl
   */
  readonly unnoticed?: string;
  readonly edits: readonly Edit[];
}

/** Takes `find` out of a file of the project, or puts `replace` in its place. */
export function edit(file: string, find: string, replace = ''): Edit {
  return { file, find, replace };
}
