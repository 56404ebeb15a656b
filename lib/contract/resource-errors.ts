import { MillraceError } from './errors.ts';

interface ResourceProblem {
  /** The kind of thing: 'job table', 'queue'. */
  readonly resource: string;
  /** Its name or URL as configured. */
  readonly name: string;
  readonly region?: string;
  /**
   * Whose call it was, where only one of them makes it.
   * @default anybody's
   */
  readonly caller?: Caller;
  readonly cause?: unknown;
}

/** Who operates a stack, or one of the functions that the Millrace construct made. */
type Caller = 'operator' | 'millrace';

/** A configured table or queue does not exist in this account and Region. */
export class ResourceMissingError extends MillraceError {
  static override readonly errorName: string = 'ResourceMissingError';
  override readonly code: string = 'RESOURCE_MISSING';

  constructor({ resource, name, region, cause }: ResourceProblem) {
    super({
      what: `The ${resource} does not exist`,
      got: `${name}${region ? ` in ${region}` : ''}`,
      expected: `a ${resource} that the Millrace stack made, in the account and Region of the credentials`,
      fix: 'copy the value from the stack outputs, and check AWS_REGION and the credentials',
      context: { resource, name, region },
      cause,
    });
  }
}

/** A configured resource exists but is of another kind: another table, another kind of URL. */
export class ResourceMismatchError extends MillraceError {
  static override readonly errorName: string = 'ResourceMismatchError';
  override readonly code: string = 'RESOURCE_MISMATCH';

  constructor({ resource, name, expected, cause }: ResourceProblem & { expected: string }) {
    super({
      what: `What is configured as the ${resource} is something else`,
      got: name,
      expected,
      fix: 'copy the value from the stack outputs',
      context: { resource, name },
      cause,
    });
  }
}

/** A queue lies in another Region than the client works in. */
export class RegionMismatchError extends MillraceError {
  static override readonly errorName: string = 'RegionMismatchError';
  override readonly code: string = 'REGION_MISMATCH';

  constructor({ url, queueRegion, region }: { url: string; queueRegion: string; region: string }) {
    super({
      what: 'A queue lies in another Region than the client',
      got: `${url} (${queueRegion}) and a client in ${region}`,
      expected: 'one Region for the table, the queues and the client',
      fix: `set AWS_REGION=${queueRegion}, or take the queues of the stack in ${region}`,
      context: { url, queueRegion, region },
    });
  }
}

/** Which rights a call needs, and how its caller gets them. */
const RIGHTS: Readonly<Record<Caller | 'anybody', { readonly expected: string; readonly fix: string }>> = {
  anybody: {
    expected: 'the rights of grantEnqueue, grantRead or grantOperate',
    fix: 'for the function that made the call, call millrace.connect(fn) where it enqueues and reads jobs, millrace.connectOperator(fn) where it operates them; for a role, the grant',
  },
  operator: {
    expected: 'the rights of grantOperate',
    fix: 'call millrace.connectOperator(fn) for the function, or millrace.grantOperate(role) for the role, that made the call',
  },
  millrace: {
    expected: 'the rights that the Millrace construct gives to its own functions',
    fix: 'deploy the stack again, and see that nothing beside it, such as a boundary of permissions, takes a right away',
  },
};

/** The credentials do not allow a call that Millrace needs. */
export class PermissionError extends MillraceError {
  static override readonly errorName: string = 'PermissionError';
  override readonly code: string = 'PERMISSION_DENIED';

  constructor({ resource, name, caller, cause }: ResourceProblem) {
    super({
      what: `The credentials do not allow a call on the ${resource}`,
      got: cause instanceof Error ? cause.message : name,
      ...RIGHTS[caller ?? 'anybody'],
      context: { resource, name },
      cause,
    });
  }
}

/** Names under which the AWS SDK reports a resource that is not there. */
const MISSING = new Set([
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'InvalidAddress',
]);
const DENIED = new Set(['AccessDeniedException', 'AccessDenied']);

/** The typed error that an AWS SDK error stands for; any other value comes back as it is. */
export function resourceError(cause: unknown, problem: Omit<ResourceProblem, 'cause'>): unknown {
  const name = cause instanceof Error ? cause.name : '';
  if (MISSING.has(name)) return new ResourceMissingError({ ...problem, cause });
  if (DENIED.has(name)) return new PermissionError({ ...problem, cause });
  return cause;
}
