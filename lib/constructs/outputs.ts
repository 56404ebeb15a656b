import { CfnOutput, type Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { OUTPUTS } from '../contract/index.ts';
import type { IMillrace } from './connect.ts';
import { secondsText } from './function-settings.ts';

/** A Millrace that knows all that there is to tell. */
interface Told extends IMillrace {
  readonly eventSourcesJson: string;
  readonly deadLetterQueuesJson: string;
  readonly oneTimeGroup: string;
  readonly retention: Duration;
  readonly deadRetention: Duration;
}

/** Adds the outputs, under exactly those keys for the first Millrace of a stack. */
export function addOutputs(millrace: Told): void {
  const { tableName, queuesJson, eventSourcesJson, deadLetterQueuesJson } = millrace;
  const scope = new Construct(millrace, 'Outputs');
  const stack = Stack.of(scope);
  const taken = stack.node
    .findAll()
    .filter((child) => child instanceof CfnOutput)
    .filter((output) => Stack.of(output) === stack)
    .map((output) => String(stack.resolve(output.logicalId)));
  for (const [key, value, description] of [
    [OUTPUTS.table, tableName, 'The job table of Millrace'],
    [OUTPUTS.queues, queuesJson, 'The queue URLs of Millrace: pool, priority, URL'],
    [OUTPUTS.eventSources, eventSourcesJson, 'The event source mappings of Millrace: pool, priority, UUID'],
    [
      OUTPUTS.deadLetterQueues,
      deadLetterQueuesJson,
      'The dead-letter queues of Millrace: pool, priority, URL',
    ],
    [OUTPUTS.oneTimeGroup, millrace.oneTimeGroup, 'The group of the one-time schedules of Millrace'],
    [OUTPUTS.retention, secondsText(millrace.retention), 'Seconds that Millrace keeps records of ended jobs'],
    [
      OUTPUTS.deadRetention,
      secondsText(millrace.deadRetention),
      'Seconds that Millrace keeps records of dead jobs',
    ],
  ] as const) {
    const output = new CfnOutput(scope, key, { value, description });
    if (!taken.includes(key)) output.overrideLogicalId(key);
  }
}
