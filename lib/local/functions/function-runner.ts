import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Clock } from '../../contract/index.ts';
import { FairQueue } from './fair-queue.ts';
import type { InvokeOutcome, InvokeResult } from './invocation.ts';
import type { LocalEventSink } from './local-event.ts';
import { Sandbox, type SandboxFailure, type SandboxOutcome } from './sandbox/index.ts';
import type { FunctionSpec } from './spec.ts';
import type { StartGate } from './start-gate.ts';

/** What the functions without a reservation may each run at once: a laptop's stand-in for an account's limit. */
const LOCAL_ACCOUNT_CONCURRENCY = 100;
/** Sandboxes that a function starts at once when it needs them; further ones are spaced out. */
const EAGER_SANDBOXES = 2 * availableParallelism();
/** Idle sandboxes that a function keeps, and for how long: as warm as on AWS, within a laptop's memory. */
const WARM_SANDBOXES = 10;
const WARM_MS = 5 * 60_000;

export interface FunctionRunnerOptions {
  readonly spec: FunctionSpec;
  readonly region: string;
  readonly clock: Clock;
  readonly freeze: boolean;
  /** Shared by all functions: too many processes that load at once make every one of them late. */
  readonly gate: StartGate;
  registerChild(pid: number): () => void;
  readonly onEvent: LocalEventSink;
}

type Acquired = Sandbox | SandboxFailure;

/** The sandboxes of one function: starts, reuses and replaces them, and bounds how many run at once. */
export class FunctionRunner implements AsyncDisposable {
  readonly #options: FunctionRunnerOptions;
  readonly #all = new Set<Sandbox>();
  /** The last used is the last, and used again first, so that a burst's extra sandboxes age. */
  readonly #idle: Sandbox[] = [];
  /** Sandboxes of code that has been replaced. */
  readonly #retired = new WeakSet<Sandbox>();
  readonly #stopAging = new Map<Sandbox, () => void>();
  readonly #waiting = new FairQueue<(acquired: Acquired) => void>();
  readonly #onDrained: (() => void)[] = [];
  #spec: FunctionSpec;
  /** Begun or waiting for their turn. */
  #starting = 0;
  #loading = 0;
  #running = 0;
  #disposed = false;

  constructor(options: FunctionRunnerOptions) {
    this.#options = options;
    this.#spec = options.spec;
  }

  get arn(): string {
    return this.#spec.arn;
  }

  get timeoutSeconds(): number {
    return this.#spec.timeoutSeconds;
  }

  get running(): number {
    return this.#running;
  }

  /** @param source - on whose behalf: sandboxes are shared out fairly among sources */
  async invoke(event: unknown, source = ''): Promise<InvokeResult> {
    const requestId = randomUUID();
    const { clock, onEvent } = this.#options;
    const about = { function: this.#spec.name, requestId };
    if (this.#disposed || this.#running >= (this.#spec.reservedConcurrency ?? LOCAL_ACCOUNT_CONCURRENCY)) {
      onEvent({ type: 'throttled', time: clock.now(), ...about });
      const error = { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' };
      return { outcome: 'throttled', requestId, durationMs: 0, error };
    }
    this.#running += 1;
    try {
      const coldStart = this.#idle.length === 0;
      const acquired = await this.#acquire(source);
      const started = clock.now();
      onEvent({ type: 'invoke-start', time: started, coldStart, ...about });
      const outcome =
        acquired instanceof Sandbox ? await this.#run(acquired, { requestId, event, source }) : acquired;
      return this.#report({ outcome, requestId, durationMs: clock.now() - started });
    } finally {
      this.#running -= 1;
      if (this.#running === 0) for (const resolve of this.#onDrained.splice(0)) resolve();
    }
  }

  /** Resolves when no invocation is running. */
  async drained(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#onDrained.push(resolve));
  }

  /** Invocations in progress end on the old code; every later one starts on the new. */
  async replaceCode(codeDir: string): Promise<void> {
    this.#spec = { ...this.#spec, codeDir };
    for (const sandbox of this.#all) this.#retired.add(sandbox);
    await Promise.all(this.#idle.splice(0).map((sandbox) => this.#discard(sandbox)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) next(stopped());
    await Promise.all([...this.#all].map((sandbox) => this.#discard(sandbox)));
  }

  async #run(
    sandbox: Sandbox,
    { source, ...invocation }: { requestId: string; event: unknown; source: string },
  ): Promise<SandboxOutcome> {
    this.#waiting.begin(source);
    try {
      return await sandbox.invoke(invocation);
    } finally {
      this.#waiting.end(source);
      this.#release(sandbox);
    }
  }

  #acquire(source: string): Promise<Acquired> {
    const warm = this.#idle.pop();
    if (warm !== undefined) {
      this.#stopAging.get(warm)?.();
      return Promise.resolve(warm);
    }
    return new Promise((resolve) => {
      this.#waiting.push(source, resolve);
      this.#startIfNeeded();
    });
  }

  #startIfNeeded(): void {
    if (this.#starting < this.#waiting.length) void this.#start();
  }

  /** Starts a sandbox for whoever is next by then: a sandbox that is released meanwhile serves as well. */
  async #start(): Promise<void> {
    const { gate } = this.#options;
    const ready = this.#all.size - this.#loading;
    const eager = ready + this.#starting < EAGER_SANDBOXES;
    this.#starting += 1;
    const load = () => this.#load();
    const start = eager ? gate.pass(load) : gate.restrained(load, () => this.#waiting.length > 0);
    const acquired = await start.catch(notStarted);
    this.#starting -= 1;
    if (acquired instanceof Sandbox) this.#release(acquired);
    else if (acquired !== undefined) this.#waiting.take()?.(acquired);
  }

  async #load(): Promise<Acquired | undefined> {
    if (this.#disposed) return stopped();
    if (this.#waiting.length === 0) return undefined;
    const { region, clock, freeze, onEvent, registerChild } = this.#options;
    const spec = this.#spec;
    const sandbox = new Sandbox({
      id: randomUUID().replaceAll('-', ''),
      spec,
      region,
      clock,
      freeze,
      registerChild,
      onLine: ({ text, stream, requestId }) => {
        onEvent({ type: 'log', function: spec.name, time: clock.now(), line: text, stream, requestId });
      },
      onIdleExit: (failure) => {
        this.#forget(sandbox);
        this.#reportFailure(failure);
      },
    });
    this.#all.add(sandbox);
    this.#loading += 1;
    const failure = await sandbox.ready();
    this.#loading -= 1;
    if (failure === undefined) return sandbox;
    this.#forget(sandbox);
    return failure;
  }

  #release(sandbox: Sandbox): void {
    if (!sandbox.alive || this.#retired.has(sandbox) || this.#disposed) {
      void this.#discard(sandbox);
      // Who waits for this one needs another.
      this.#startIfNeeded();
      return;
    }
    const next = this.#waiting.take();
    if (next !== undefined) {
      next(sandbox);
      return;
    }
    this.#idle.push(sandbox);
    const discard = () => void this.#discard(sandbox);
    this.#stopAging.set(sandbox, this.#options.clock.after(WARM_MS, discard));
    const [oldest] = this.#idle;
    if (this.#idle.length > WARM_SANDBOXES && oldest !== undefined) void this.#discard(oldest);
  }

  async #discard(sandbox: Sandbox): Promise<void> {
    this.#forget(sandbox);
    await sandbox.dispose();
  }

  #forget(sandbox: Sandbox): void {
    this.#all.delete(sandbox);
    this.#stopAging.get(sandbox)?.();
    this.#stopAging.delete(sandbox);
    const index = this.#idle.indexOf(sandbox);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  #report(options: { outcome: SandboxOutcome; requestId: string; durationMs: number }): InvokeResult {
    const { outcome, requestId, durationMs } = options;
    const { clock, onEvent } = this.#options;
    const error = outcome.outcome === 'succeeded' ? undefined : outcome.error;
    if (outcome.outcome !== 'succeeded' && outcome.outcome !== 'error')
      this.#reportFailure(outcome, requestId);
    onEvent({
      type: 'invoke-end',
      function: this.#spec.name,
      time: clock.now(),
      requestId,
      durationMs,
      outcome: outcome.outcome satisfies InvokeOutcome,
      error,
    });
    return { ...outcome, requestId, durationMs };
  }

  #reportFailure({ outcome, error }: SandboxFailure, requestId?: string): void {
    const time = this.#options.clock.now();
    const { errorType, errorMessage } = error;
    const message = `${errorType}: ${errorMessage}`;
    this.#options.onEvent({ type: outcome, function: this.#spec.name, time, requestId, message });
  }
}

function stopped(): SandboxFailure {
  return exitError('The local cloud is being stopped');
}

/** The system takes no process with such an environment or directory. */
function notStarted(error: unknown): SandboxFailure {
  return exitError(`The sandbox could not be started: ${String(error)}`);
}

function exitError(errorMessage: string): SandboxFailure {
  return { outcome: 'crash', error: { errorType: 'Runtime.ExitError', errorMessage } };
}
