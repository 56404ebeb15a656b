/** What happened, as data: names and values that a log line or a caller can use. */
export type ErrorContext = Readonly<Record<string, unknown>>;

export interface MillraceErrorOptions {
  /** What was wrong, in one sentence without a full stop. */
  readonly what: string;
  /** What was found, already made readable. */
  readonly got?: string;
  /** What was expected instead. */
  readonly expected?: string;
  /** What the reader should do now. */
  readonly fix?: string;
  /** Values for logs and programs. */
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** Shared by every copy of the library that a process has loaded, so that `instanceof` works across them. */
const BRAND = Symbol.for('millrace.error');

/**
 * The base of every error that Millrace throws.
 *
 * `instanceof` compares names kept under a registered symbol, not prototypes: a bundled (and minified) Lambda and the
 * application beside it may each carry their own copy of these classes.
 */
export abstract class MillraceError extends Error {
  /** The class's name, as text that a minifier leaves alone. Each subclass states its own. */
  static readonly errorName: string = 'MillraceError';
  /** Stable, upper snake case: programs may compare it, messages may change. */
  abstract readonly code: string;
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean = false;
  readonly context: ErrorContext;

  constructor(options: MillraceErrorOptions) {
    super(messageOf(options), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.errorName;
    this.context = options.context ?? {};
    Object.defineProperty(this, BRAND, { value: lineage(new.target) });
  }

  /** What a log line or another process can carry. */
  toJSON(): { name: string; code: string; message: string; retryable: boolean; context: ErrorContext } {
    const { name, code, message, retryable, context } = this;
    return { name, code, message, retryable, context };
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A subclass that states no name of its own is known by its prototype only.
    if (!Object.hasOwn(this, 'errorName')) return Function.prototype[Symbol.hasInstance].call(this, value);
    if (typeof value !== 'object' || value === null) return false;
    const names = (value as { [BRAND]?: unknown })[BRAND];
    return Array.isArray(names) && names.includes(this.errorName);
  }
}

function lineage(leaf: typeof MillraceError): string[] {
  const names: string[] = [];
  for (let c = leaf; typeof c.errorName === 'string'; c = Object.getPrototypeOf(c)) {
    if (Object.hasOwn(c, 'errorName')) names.push(c.errorName);
  }
  return names;
}

function messageOf({ what, got, expected, fix }: MillraceErrorOptions): string {
  const parts = [got === undefined && expected === undefined && fix === undefined ? what : `${what}.`];
  if (got !== undefined) parts.push(`Got: ${got}.`);
  if (expected !== undefined) parts.push(`Expected: ${expected}.`);
  if (fix !== undefined) parts.push(`Fix: ${fix}.`);
  return parts.join(' ');
}
