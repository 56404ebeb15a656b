import { functionNamed } from './function-version.ts';
import { announce } from './plan.ts';
import type { ResourceType } from './resource-type.ts';

/**
 * How a function is invoked asynchronously, as EventBridge Scheduler does it: here once and at once. So a config that asks for
 * no other try is carried out as it is; of any other it is said at start that it is not.
 */
export const eventInvokeConfig: ResourceType = {
  type: 'AWS::Lambda::EventInvokeConfig',
  create({ logicalId, properties, plan }) {
    const { name } = functionNamed({ properties, plan });
    const qualifier = properties.text('Qualifier');
    // Lambda: 2 unless it says otherwise (PutFunctionEventInvokeConfig, API reference).
    if (properties.optionalNumber('MaximumRetryAttempts') !== 0)
      announce(plan, 'A function that fails on an asynchronous invocation is not invoked again', logicalId);
    if (properties.json('DestinationConfig') !== undefined)
      announce(plan, 'Destinations of asynchronous invocations are told nothing', logicalId);
    // An event waits for nothing here, so it never becomes too old.
    properties.withoutEffect('MaximumEventAgeInSeconds').refuseUnread();
    const ref = `${name}|${qualifier}`;
    return { ref, attributes: {}, physicalName: ref };
  },
};
