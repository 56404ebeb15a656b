/** Seeds that once broke a promise, with what they found. */
export const KEPT_SEEDS: readonly { readonly seed: number; readonly jobs: number; readonly found: string }[] =
  [
    {
      seed: 35,
      jobs: 100,
      found: 'a claimed job waited for a neighbour’s slow claim until its lease was over',
    },
  ];
