import { LIMITS } from '../../../lib/contract/index.ts';
import type { Draws } from '../world/draws.ts';
import type { Payload } from './catalog.ts';

/** A change of the payload that an operator asks for with a redrive: a JSON merge patch. */
export interface PlannedPatch {
  /** What stands in the payload as `patched` once it is applied; no two patches of a run have the same. */
  readonly mark: string;
  /** Whether what comes of it is a payload of its type. */
  readonly fits: boolean;
  readonly patch: { readonly [name in keyof Payload]?: Payload[name] | null | 'none' };
}

const WEIGHTS = { 'as large': 4, larger: 3, huge: 1, smaller: 3, 'no payload': 2 } as const;

/** How a redrive of this name changes the payload, if it does. Who the payload is of, and which of its key's, stays. */
export function patchOf(draws: Draws, redrive: string): PlannedPatch | undefined {
  if (!draws.happens(`patch with ${redrive}`, 0.3)) return undefined;
  const mark = `by ${redrive}`;
  switch (draws.weighted(`kind of patch with ${redrive}`, WEIGHTS)) {
    case 'as large':
      return { mark, fits: true, patch: { patched: mark } };
    case 'larger':
      return { mark, fits: true, patch: { patched: mark, pad: 'y'.repeat(900) } };
    case 'huge':
      return { mark, fits: true, patch: { patched: mark, pad: 'y'.repeat(LIMITS.scheduleInputBytes) } };
    case 'smaller':
      return { mark, fits: true, patch: { patched: mark, pad: null } };
    case 'no payload':
      return { mark, fits: false, patch: { patched: mark, variant: 'none', region: null } };
  }
}
