import { Stack } from 'aws-cdk-lib';
import { CfnAlias, CfnEventSourceMapping, CfnFunction, CfnVersion } from 'aws-cdk-lib/aws-lambda';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { FunctionKind } from '../../contract/index.ts';
import { checkBatch } from './batching.ts';
import { checkBounds, checkReservation, type MappingBounds } from './concurrency.ts';
import { checkEnvironmentComplete, checkEnvironmentSize, type Variables } from './environment.ts';
import { StackRuleError } from './stack-rule-error.ts';
import { checkVisibility } from './timeouts.ts';

/** A function whose settings are checked as they stand when the stack is synthesised. */
export interface CheckedFunction {
  readonly kind: FunctionKind;
  readonly function: Construct;
}

/** Lambda's and SQS's own defaults, in seconds, where a template says nothing. */
const FUNCTION_TIMEOUT = 3;
const QUEUE_VISIBILITY = 30;

/**
 * Checks the functions and what feeds them once more, as the template will have them: after event sources of the user's
 * own, changed properties of the underlying resources, added variables. Looks through aliases and versions.
 *
 * @returns one text for each broken rule
 */
export function brokenRules(functions: readonly CheckedFunction[]): string[] {
  return functions.flatMap(({ kind, function: construct }) => {
    const fn = construct.node.defaultChild;
    if (!(fn instanceof CfnFunction)) return [];
    const name = `the function ${construct.node.path}`;
    const variables = variablesOf(fn);
    const mappings = mappingsOf(fn);
    return [
      () => checkEnvironmentComplete({ function: name, kind, variables }),
      () => checkEnvironmentSize({ function: name, variables }),
      ...mappings.map((mapping) => () => checkMapping(fn, mapping)),
      () =>
        checkReservation({
          function: name,
          reserved: fn.reservedConcurrentExecutions,
          mappings: mappings.filter(isOfQueue).map(boundsOf),
        }),
    ].flatMap(messageOf);
  });
}

function messageOf(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof StackRuleError) return [error.message];
    throw error;
  }
}

function checkMapping(fn: CfnFunction, mapping: CfnEventSourceMapping): void {
  if (!isOfQueue(mapping)) return;
  checkBounds(boundsOf(mapping));
  const queue = nameOf(mapping);
  const batchWindow = mapping.maximumBatchingWindowInSeconds ?? 0;
  checkBatch({ queue, batchSize: mapping.batchSize ?? 10, batchWindow });
  const source = queueOf(mapping);
  if (!source) return;
  checkVisibility({
    queue,
    visibility: source.visibilityTimeout ?? QUEUE_VISIBILITY,
    functionTimeout: fn.timeout ?? FUNCTION_TIMEOUT,
    batchWindow,
  });
}

/** The event sources that invoke a function, its versions or its aliases. */
function mappingsOf(fn: CfnFunction): CfnEventSourceMapping[] {
  const stack = Stack.of(fn);
  const all = stack.node.findAll().filter((child) => Stack.of(child) === stack);
  const targets = new Set([fn.logicalId].map((id) => String(stack.resolve(id))));
  for (const kind of [CfnVersion, CfnAlias]) {
    for (const child of all) {
      if (child instanceof kind && mentions(stack.resolve(child.functionName), targets)) {
        targets.add(String(stack.resolve(child.logicalId)));
      }
    }
  }
  return all
    .filter((child) => child instanceof CfnEventSourceMapping)
    .filter((mapping) => mentions(stack.resolve(mapping.functionName), targets));
}

/** Whether a resolved value refers to one of the logical ids, by Ref or Fn::GetAtt, at any depth. */
function mentions(value: unknown, ids: ReadonlySet<string>): boolean {
  if (Array.isArray(value)) return value.some((part) => mentions(part, ids));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => {
    if (key === 'Ref') return ids.has(inner);
    if (key === 'Fn::GetAtt') return ids.has(Array.isArray(inner) ? inner[0] : String(inner).split('.')[0]);
    return mentions(inner, ids);
  });
}

function queueOf(mapping: CfnEventSourceMapping): CfnQueue | undefined {
  const stack = Stack.of(mapping);
  const arn = stack.resolve(mapping.eventSourceArn);
  return stack.node
    .findAll()
    .filter((child) => child instanceof CfnQueue)
    .find((queue) => mentions(arn, new Set([String(stack.resolve(queue.logicalId))])));
}

/** A stream names where to start; a queue has no such place. */
function isOfQueue(mapping: CfnEventSourceMapping): boolean {
  return mapping.startingPosition === undefined;
}

function nameOf(mapping: CfnEventSourceMapping): string {
  return `the queue of ${mapping.node.scope?.node.path ?? mapping.node.path}`;
}

function boundsOf(mapping: CfnEventSourceMapping): MappingBounds {
  const stack = Stack.of(mapping);
  const pollers = stack.resolve(mapping.provisionedPollerConfig);
  return {
    queue: nameOf(mapping),
    maxConcurrency: stack.resolve(mapping.scalingConfig)?.maximumConcurrency,
    pollers: pollers && { minimum: pollers.minimumPollers, maximum: pollers.maximumPollers },
  };
}

function variablesOf(fn: CfnFunction): Variables {
  return Stack.of(fn).resolve(fn.environment)?.variables ?? {};
}
