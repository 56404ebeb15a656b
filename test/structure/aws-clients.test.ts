import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Clients of the local cloud and of test Millraces call this machine. */
const OTHERS = /^lib\/(local|testing)\//;
const MAKES = /new (DynamoDB|SQS|Lambda|Scheduler|CloudFormation|S3)Client\(.*/g;

it('every AWS client that the library makes limits how long a call may take', () => {
  const made = globSync('lib/**/*.ts')
    .filter((file) => !OTHERS.test(file))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(MAKES)].map(([text]) => ({ file, text })));
  expect(made.length).toBeGreaterThan(5);
  expect(made.filter(({ text }) => !/requestHandler: (SHORT_)?CALL_LIMITS\b/.test(text))).toEqual([]);
});
