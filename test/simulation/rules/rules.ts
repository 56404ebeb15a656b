import { ATTEMPT_RULES } from './attempt-rules.ts';
import { DISPATCH_RULES } from './dispatch-rules.ts';
import { FAILURE_RULES } from './failure-rules.ts';
import { OPERATE_RULES } from './operate-rules.ts';
import { RETURN_RULES } from './return-rules.ts';
import type { Rule } from './rule.ts';
import { SETTLE_RULES } from './settle-rules.ts';
import { TICK_RULES } from './tick-rules.ts';
import { WAIT_RULES } from './wait-rules.ts';

/** Each with the simulator's evidence in docs/guarantees-rules.md. */
export const RULES: readonly Rule[] = [
  ...ATTEMPT_RULES,
  ...WAIT_RULES,
  ...SETTLE_RULES,
  ...DISPATCH_RULES,
  ...RETURN_RULES,
  ...OPERATE_RULES,
  ...TICK_RULES,
  ...FAILURE_RULES,
];
