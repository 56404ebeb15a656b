import { MillraceError } from '../../contract/index.ts';

/** An invocation or an event source names a function that was not added. */
export class UnknownFunctionError extends MillraceError {
  static override readonly errorName = 'UnknownFunctionError';
  override readonly code = 'UNKNOWN_FUNCTION';

  constructor({ name, known }: { name: string; known: readonly string[] }) {
    super({
      what: 'No such function in the local cloud',
      got: name,
      expected: known.length === 0 ? 'a function that was added first (there is none)' : known.join(', '),
      fix: 'add the function before its event sources, and name it by its physical name',
      context: { name, known },
    });
  }
}

/** An event source mapping that does not exist, or that cannot be paused. */
export class UnknownEventSourceError extends MillraceError {
  static override readonly errorName = 'UnknownEventSourceError';
  override readonly code = 'UNKNOWN_EVENT_SOURCE';

  constructor({ id }: { id: string }) {
    super({
      what: 'No such event source that could be paused',
      got: id,
      expected: "the id of a queue's event source mapping",
      fix: 'take it from the stack output MillraceEventSources',
      context: { id },
    });
  }
}

/** Two functions, or two event sources, have the same name. */
export class DuplicateNameError extends MillraceError {
  static override readonly errorName = 'DuplicateNameError';
  override readonly code = 'DUPLICATE_NAME';

  constructor({ kind, name }: { kind: 'function' | 'event source'; name: string }) {
    super({
      what: `The local cloud has this ${kind} already`,
      got: name,
      expected: 'each name once',
      context: { kind, name },
    });
  }
}

/** An event source came after its host had started: its place in a stream could not be promised. */
export class StartedError extends MillraceError {
  static override readonly errorName = 'StartedError';
  override readonly code = 'STARTED';

  constructor({ id }: { id: string }) {
    super({
      what: 'The host has started, and takes no more event sources',
      got: id,
      fix: 'add every event source before start()',
      context: { id },
    });
  }
}

/** A number of a function or an event source is outside what Lambda takes. */
export class SpecOutOfRangeError extends MillraceError {
  static override readonly errorName = 'SpecOutOfRangeError';
  override readonly code = 'SPEC_OUT_OF_RANGE';

  constructor({ of, field, got, expected }: { of: string; field: string; got: number; expected: string }) {
    super({
      what: `${field} of '${of}' is out of range`,
      got: String(got),
      expected,
      fix: 'correct it in the stack: AWS would refuse the deployment, too',
      context: { of, field, got },
    });
  }
}

/** An engine of the local cloud (SQS, DynamoDB streams) refused a call or could not be reached. */
export class EngineError extends MillraceError {
  static override readonly errorName = 'EngineError';
  override readonly code = 'ENGINE_ERROR';
  override readonly retryable: boolean;
  /** The service's own name of the error, without its namespace; `ConnectionError` when there was no answer. */
  readonly errorType: string;

  constructor(options: {
    operation: string;
    errorType: string;
    message: string;
    retryable: boolean;
    cause?: unknown;
  }) {
    const { operation, errorType, message, retryable, cause } = options;
    super({
      what: `${operation} failed`,
      got: `${errorType}: ${message}`,
      context: { operation, errorType },
      cause,
    });
    this.retryable = retryable;
    this.errorType = errorType;
  }
}

/** A filter pattern that Lambda would refuse, or that uses what the local cloud does not know. */
export class FilterPatternError extends MillraceError {
  static override readonly errorName = 'FilterPatternError';
  override readonly code = 'FILTER_PATTERN';

  constructor({ at, got, expected }: { at: string; got: unknown; expected: string }) {
    super({
      what: `A filter pattern is wrong at ${at}`,
      got: JSON.stringify(got) ?? 'nothing',
      expected,
      fix: 'build the pattern by FilterCriteria.filter and FilterRule of aws-cdk-lib/aws-lambda',
      context: { at, got },
    });
  }
}
