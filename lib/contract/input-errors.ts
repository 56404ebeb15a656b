import { type ErrorContext, MillraceError } from './errors.ts';

/** One thing that is wrong with a payload: where, and what. */
export interface PayloadIssue {
  /** Dotted path into the payload; empty for the payload itself. */
  readonly path: string;
  readonly message: string;
}

/** The payload does not fit the job type's schema. Nothing was written. */
export class PayloadInvalidError extends MillraceError {
  static override readonly errorName: string = 'PayloadInvalidError';
  override readonly code: string = 'PAYLOAD_INVALID';
  readonly issues: readonly PayloadIssue[];

  constructor(options: {
    type: string;
    issues: readonly PayloadIssue[];
    /** @default a JSON value that the schema accepts */
    expected?: string;
    /** @default to correct the payload or the schema */
    fix?: string;
    cause?: unknown;
  }) {
    const { type, issues, cause } = options;
    const listed = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
    super({
      what: `The payload of a '${type}' job does not fit its schema`,
      got: listed,
      expected: options.expected ?? 'a JSON value that the schema accepts',
      fix:
        options.fix ??
        'correct the payload, or the schema in defineJob (payloads travel as JSON: a Date becomes a string)',
      context: { type, issues },
      cause,
    });
    this.issues = issues;
  }
}

/** The payload, as JSON, is larger than a record can hold. Nothing was written. */
export class PayloadTooLargeError extends MillraceError {
  static override readonly errorName: string = 'PayloadTooLargeError';
  override readonly code: string = 'PAYLOAD_TOO_LARGE';

  constructor({ type, bytes, limit }: { type: string; bytes: number; limit: number }) {
    super({
      what: `The payload of a '${type}' job is too large`,
      got: `${bytes} bytes as JSON`,
      expected: `at most ${limit} bytes`,
      fix: 'store the data in S3 and put its bucket and key into the payload',
      context: { type, bytes, limit },
    });
  }
}

/** An option of a declaration, a client or a call is out of its range. Nothing was written. */
export class InvalidOptionError extends MillraceError {
  static override readonly errorName: string = 'InvalidOptionError';
  override readonly code: string = 'INVALID_OPTION';

  constructor(options: {
    option: string;
    got: string;
    expected: string;
    fix?: string;
    context?: ErrorContext;
  }) {
    const { option, got, expected, fix, context } = options;
    super({
      what: `The option '${option}' is not valid`,
      got,
      expected,
      fix,
      context: { option, ...context },
    });
  }
}

/** The job type is not in the catalog that this client or worker was made with. */
export class UnknownJobError extends MillraceError {
  static override readonly errorName: string = 'UnknownJobError';
  override readonly code: string = 'UNKNOWN_JOB';

  constructor({ name, known }: { name: string; known: readonly string[] }) {
    super({
      what: `There is no job type '${name}' in the catalog`,
      got: `'${name}'`,
      expected: `one of ${known.map((k) => `'${k}'`).join(', ') || '(the catalog is empty)'}`,
      fix: 'add the declaration to defineCatalog, or correct the name',
      context: { name },
    });
  }
}

/** A catalog or a worker was put together wrongly: two types of one name, or a handler missing. */
export class CatalogError extends MillraceError {
  static override readonly errorName: string = 'CatalogError';
  override readonly code: string = 'CATALOG_INVALID';
}

/** An environment variable is missing or cannot be read. */
export class EnvironmentError extends MillraceError {
  static override readonly errorName: string = 'EnvironmentError';
  override readonly code: string = 'ENVIRONMENT_INVALID';
}
