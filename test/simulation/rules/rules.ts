import { ATTEMPT_RULES } from './attempt-rules.ts';
import { DISPATCH_RULES } from './dispatch-rules.ts';
import { FAILURE_RULES } from './failure-rules.ts';
import type { Rule } from './rule.ts';

/** Each with the simulator's evidence in docs/guarantees-rules.md. */
export const RULES: readonly Rule[] = [...ATTEMPT_RULES, ...DISPATCH_RULES, ...FAILURE_RULES];
