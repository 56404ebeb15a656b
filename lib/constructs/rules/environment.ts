import { ENV, FUNCTION_ENVIRONMENT, type FunctionKind } from '../../contract/index.ts';
import { AWS_LIMITS } from '../defaults.ts';
import { StackRuleError } from './stack-rule-error.ts';

/** A function's variables with their values resolved: text, or the intrinsic functions of CloudFormation. */
export type Variables = Readonly<Record<string, unknown>>;

/** @throws {StackRuleError} `environment-incomplete` when a variable is missing that this kind of function reads */
export function checkEnvironmentComplete(options: {
  function: string;
  kind: FunctionKind;
  variables: Variables;
}): void {
  const { kind, variables } = options;
  const names = FUNCTION_ENVIRONMENT[kind].map((key) => ENV[key]);
  const missing = names.filter((name) => !variables[name]);
  if (missing.length === 0) return;
  throw new StackRuleError({
    rule: 'environment-incomplete',
    what: `${options.function} reads environment variables that are not set`,
    got: `no ${missing.join(', ')}`,
    expected: names.join(', '),
    fix: 'leave the variables that begin with MILLRACE_ to the stack: do not remove or empty them',
    context: { kind, missing },
  });
}

/** @throws {StackRuleError} `environment-size` over the 4 KB that Lambda allows */
export function checkEnvironmentSize(options: { function: string; variables: Variables }): void {
  const { variables } = options;
  const sizes = Object.entries(variables).map(
    ([name, value]) => [name, Buffer.byteLength(name) + sizeOf(value)] as const,
  );
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  if (bytes <= AWS_LIMITS.environmentBytes) return;
  const [largest, size] = sizes.reduce((a, b) => (b[1] > a[1] ? b : a));
  throw new StackRuleError({
    rule: 'environment-size',
    what: `The environment variables of ${options.function} are too large`,
    got: `about ${bytes} bytes, ${size} of them for ${largest}`,
    expected: `at most ${AWS_LIMITS.environmentBytes} bytes (Lambda's limit for all variables of a function)`,
    fix:
      largest === ENV.queues
        ? 'use fewer pools in one Millrace, or a shorter stack name: the variable lists every queue URL'
        : `keep the value of ${largest} in a file of the bundle, in SSM Parameter Store or in S3`,
    context: { bytes, largest },
  });
}

/** `https://sqs.` + Region (14 at most) + `.amazonaws.com/` + account (12) + `/`; a queue's name follows. */
const QUEUE_URL_PREFIX = 12 + 14 + 15 + 12 + 1;
/** SQS: a queue's name has at most 80 characters; CloudFormation cuts the names that it makes to it. */
const QUEUE_NAME = 80;
/** What CloudFormation adds to stack and logical id in a name that it makes: two hyphens and 13 characters or so. */
const NAME_SUFFIX = 15;

/** Bytes of a value once deployed: exact for text, estimated for what CloudFormation fills in. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, part) => sum + sizeOf(part), 0);
  if (typeof value !== 'object' || value === null) return String(value).length;
  const { Ref, 'Fn::Join': join } = value as { Ref?: unknown; 'Fn::Join'?: unknown };
  if (typeof Ref === 'string') return Math.min(QUEUE_NAME, Ref.length + NAME_SUFFIX) + QUEUE_URL_PREFIX;
  if (Array.isArray(join)) return sizeOf(join[1]) + sizeOf(join[0]) * Math.max(0, join[1].length - 1);
  return QUEUE_NAME;
}
