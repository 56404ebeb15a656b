/** What a command line ends with; docs/operating/cli.md lists them. */
export const EXIT = {
  ok: 0,
  /** It could not be done. */
  error: 1,
  /** The command line itself is wrong: nothing was done. */
  usage: 2,
  /** Done for some, not for all. */
  partly: 3,
  /** Ctrl-C ended the waiting: 128 and the signal's number, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of a verb on many jobs. */
export function exitOf(results: readonly { readonly ok: boolean }[]): ExitCode {
  const done = results.filter(({ ok }) => ok).length;
  if (done === results.length) return EXIT.ok;
  return done === 0 ? EXIT.error : EXIT.partly;
}
