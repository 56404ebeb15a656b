// In:       the declarations of a catalog, the props of a stack, and the resources as they are about to be synthesised.
// Out:      nothing, or a StackRuleError that names the rule, what was found, what was expected, and what to change.
// Promises: no rule changes anything; a value behind a token is not guessed at but left to the deployment.
export { checkBatch } from './batching.ts';
export {
  checkBounds,
  checkReservation,
  mostInvocations,
  type Pollers,
} from './concurrency.ts';
export { checkEnvironmentComplete, checkEnvironmentSize } from './environment.ts';
export { checkRange, isKnown, literalSeconds, secondsOf } from './known.ts';
export { checkPools } from './pools.ts';
export { checkReceiveCount, checkRetentions } from './retention.ts';
export { checkFires, checkPayload } from './schedules.ts';
export { type StackRule, StackRuleError } from './stack-rule-error.ts';
export { brokenRules } from './synthesised.ts';
export { checkFunctionTimeout, checkVisibility, leastVisibility } from './timeouts.ts';
