import { type ErrorContext, MillraceError } from '../../contract/index.ts';

/** The rules that a stack is checked against when it is synthesised. */
export type StackRule =
  | 'catalog-empty'
  | 'pool-missing'
  | 'entry-missing'
  | 'not-known-at-synth'
  | 'out-of-range'
  | 'function-timeout'
  | 'visibility'
  | 'max-concurrency'
  | 'reservation'
  | 'reserved-alone'
  | 'provisioned-pollers'
  | 'batch-window'
  | 'queue-retention'
  | 'dead-letter-retention'
  | 'record-retention'
  | 'receive-count'
  | 'environment-incomplete'
  | 'environment-size'
  | 'schedule-never-fires'
  | 'schedule-payload'
  | 'import';

/** The stack would deploy, or nearly, and then lose, delay or refuse jobs. Nothing was synthesised. */
export class StackRuleError extends MillraceError {
  static override readonly errorName: string = 'StackRuleError';
  override readonly code: string = 'STACK_RULE';
  readonly rule: StackRule;

  constructor(options: {
    rule: StackRule;
    what: string;
    got: string;
    expected: string;
    fix: string;
    context?: ErrorContext;
  }) {
    const { rule, ...rest } = options;
    super({ ...rest, context: { rule, ...options.context } });
    this.rule = rule;
  }
}
