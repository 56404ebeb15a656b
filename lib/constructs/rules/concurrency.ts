import { AWS_LIMITS } from '../defaults.ts';
import { checkRange, isKnown } from './known.ts';
import { StackRuleError } from './stack-rule-error.ts';

/** How many pollers of provisioned mode a mapping has. */
export interface Pollers {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What bounds the invocations of one event source. */
export interface MappingBounds {
  readonly queue: string;
  readonly maxConcurrency?: number;
  readonly pollers?: Pollers;
}

/** @throws {StackRuleError} `max-concurrency` outside 2 to 1000, `provisioned-pollers` when both are set */
export function checkBounds({ queue, maxConcurrency, pollers }: MappingBounds): void {
  if (pollers !== undefined && maxConcurrency !== undefined) {
    throw new StackRuleError({
      rule: 'provisioned-pollers',
      what: `The event source of ${queue} has both provisioned pollers and a maximum concurrency`,
      got: `maxConcurrency ${maxConcurrency} and provisioned pollers`,
      expected: 'one of the two: Lambda refuses a mapping with both',
      fix: 'remove maxConcurrency (the maximum of the pollers bounds the invocations), or remove the pollers',
      context: { queue },
    });
  }
  checkRange({
    option: `maxConcurrency of ${queue}`,
    value: maxConcurrency,
    min: AWS_LIMITS.minMaxConcurrency,
    max: AWS_LIMITS.maxMaxConcurrency,
    rule: 'max-concurrency',
  });
  for (const bound of ['minimum', 'maximum'] as const) {
    const [min, max] = AWS_LIMITS.pollers[bound];
    const option = `provisionedPollers.${bound} of ${queue}`;
    checkRange({ option, value: pollers?.[bound], min, max, rule: 'provisioned-pollers' });
  }
}

/** Invocations that a mapping makes at most at a time; undefined where nothing bounds it or a token hides it. */
export function mostInvocations({ maxConcurrency, pollers }: MappingBounds): number | undefined {
  if (isKnown(maxConcurrency)) return maxConcurrency;
  return isKnown(pollers?.maximum) ? pollers.maximum * AWS_LIMITS.invocationsPerPoller : undefined;
}

/**
 * Pollers ignore a reservation: what they send beyond it is throttled, goes back with a raised receive count, and ends
 * in the dead-letter queue though nothing is wrong with it. So each event source is bounded, and the bounds fit.
 *
 * @param reserved concurrent executions reserved for the function; undefined: none
 * @throws {StackRuleError} `reserved-alone` when a source is unbounded, `reservation` when the sum does not fit
 */
export function checkReservation(options: {
  function: string;
  reserved: number | undefined;
  mappings: readonly MappingBounds[];
}): void {
  const { reserved, mappings } = options;
  if (reserved === undefined) return;
  for (const mapping of mappings) {
    if (mapping.maxConcurrency !== undefined || mapping.pollers?.maximum !== undefined) continue;
    throw new StackRuleError({
      rule: 'reserved-alone',
      what: `The event source of ${mapping.queue} has no maximum concurrency, but its function has a reservation`,
      got: `reserved concurrency ${reserved} alone`,
      expected: 'a maximum concurrency on each SQS event source of the function',
      fix: 'set maxConcurrency on the event source (2 or more)',
      context: { queue: mapping.queue, reserved },
    });
  }
  const bounds = mappings.map(mostInvocations);
  if (!isKnown(reserved) || bounds.includes(undefined)) return;
  const sum = bounds.reduce<number>((total, bound) => total + (bound ?? 0), 0);
  if (sum <= reserved) return;
  const parts = mappings.map((mapping, i) => `${mapping.queue} ${bounds[i]}`).join(', ');
  throw new StackRuleError({
    rule: 'reservation',
    what: `The event sources of ${options.function} may invoke it more often at a time than is reserved for it`,
    got: `${sum} in all (${parts})`,
    expected: `at most the reserved concurrency, ${reserved}`,
    fix: `raise reservedConcurrency to ${sum}, leave it out (it is then derived), or lower maxConcurrency`,
    context: { reserved, sum },
  });
}
