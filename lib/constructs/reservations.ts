import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { RESERVATIONS_CONTEXT } from './defaults.ts';
import type { PoolPlan } from './pool-plan.ts';
import { StackRuleError } from './rules/index.ts';

/**
 * What the context says about reservations; true where it says nothing.
 *
 * @throws {StackRuleError} for anything but true and false
 */
export function reservationsOf(scope: Construct): boolean {
  const value: unknown = scope.node.tryGetContext(RESERVATIONS_CONTEXT);
  if (value === undefined || value === true || value === 'true') return true;
  // The command line's context is text.
  if (value === false || value === 'false') return false;
  throw new StackRuleError({
    rule: 'out-of-range',
    what: `The context key ${RESERVATIONS_CONTEXT} is not a yes or no`,
    got: JSON.stringify(value),
    expected: 'true or false',
    fix: `pass -c ${RESERVATIONS_CONTEXT}=false to deploy without reserved concurrency`,
  });
}

/** Says at synth what is reserved, and what to do where the account has too little: the deployment would only fail. */
export function tellAboutReservations(scope: Construct, plans: readonly PoolPlan[]): void {
  const sum = plans.reduce((total, { reserved }) => total + (reserved ?? 0), 0);
  const text =
    sum > 0
      ? `Millrace reserves ${sum} concurrent executions. Lambda keeps 100 of an account unreserved, and a new account has 10 in all: ` +
        `there, deploy with -c ${RESERVATIONS_CONTEXT}=false, or ask AWS to raise the quota. See docs/deploying.md.`
      : 'Millrace reserves no concurrent executions: other functions of the account may take them all, and jobs then wait. ' +
        'See docs/deploying.md.';
  Annotations.of(scope).addInfoV2('millrace:reservations', text);
}
