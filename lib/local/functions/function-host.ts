import { availableParallelism } from 'node:os';
import { type Clock, sleep, systemClock } from '../../contract/index.ts';
import { DuplicateNameError, StartedError, UnknownEventSourceError, UnknownFunctionError } from './errors.ts';
import { FunctionRunner } from './function-runner.ts';
import type { InvokeResult } from './invocation.ts';
import type { LocalEventSink } from './local-event.ts';
import type { EventSourceStatus, FunctionSpec, SqsEventSourceSpec, StreamEventSourceSpec } from './spec.ts';
import { checkFunction, checkSqsEventSource, checkStreamEventSource } from './spec-limits.ts';
import { SqsApi, SqsSource } from './sqs/index.ts';
import { StartGate } from './start-gate.ts';
import { StreamApi, StreamSource } from './streams/index.ts';

/** How long running invocations may take to end by themselves when the host is disposed. */
const DRAIN_MS = 2_000;
/** How often `idle` looks again. */
const IDLE_CHECK_MS = 20;

export interface FunctionHostOptions {
  /** Where SQS answers, for example `http://127.0.0.1:4566`. */
  readonly sqsEndpoint: string;
  /** Where DynamoDB and its streams answer. */
  readonly dynamodbEndpoint: string;
  readonly region: string;
  /**
   * Told the process id (and process group id) of every sandbox, so that a reaper can end it after a `kill -9`. What it
   * returns is called when the sandbox has ended.
   */
  registerChild(pid: number): () => void;
  readonly onEvent: LocalEventSink;
  /**
   * Stop a sandbox's process between invocations, as Lambda freezes it: timers do not fire, sockets go stale.
   *
   * @default false
   */
  readonly freeze?: boolean;
  /** @default - the system's clock */
  readonly clock?: Clock;
}

/** Runs functions in sandboxes and feeds them from their event sources. */
export interface FunctionHost extends AsyncDisposable {
  /** @throws DuplicateNameError, SpecOutOfRangeError */
  addFunction(spec: FunctionSpec): void;
  /**
   * Invokes a function and waits for its answer (Lambda's `RequestResponse`).
   *
   * @throws UnknownFunctionError; what the function itself does wrong is in the result
   */
  invoke(name: string, event: unknown): Promise<InvokeResult>;
  /** @throws UnknownFunctionError, DuplicateNameError, StartedError, SpecOutOfRangeError */
  addSqsEventSource(spec: SqsEventSourceSpec): void;
  /** @throws UnknownFunctionError, DuplicateNameError, StartedError, SpecOutOfRangeError, FilterPatternError */
  addStreamEventSource(spec: StreamEventSourceSpec): void;
  /** Running invocations end on the old code, new ones start on what `codeDir` holds now. */
  replaceCode(name: string, codeDir: string): Promise<void>;
  /**
   * Starts polling. Resolves when every stream's place is settled: with `LATEST`, what is written from then on is read.
   *
   * @throws EngineError when a queue or stream cannot be found; SpecOutOfRangeError when a queue's visibility timeout is
   *   shorter than its function's timeout
   */
  start(): Promise<void>;
  /** An event source mapping as it stands now; undefined where there is none of this id. */
  eventSource(id: string): EventSourceStatus | undefined;
  /**
   * Pauses or resumes a queue's event source: it receives nothing more, and what it has received is run to its end.
   *
   * @throws UnknownEventSourceError for an id that is not a queue's mapping
   */
  setEnabled(id: string, enabled: boolean): Promise<void>;
  /** Resolves when nothing runs and no event source has anything to hand on that is visible to it by then. */
  idle(): Promise<void>;
}

/**
 * The Lambda side of the local cloud.
 *
 * @example
 * ```ts
 * await using host = createFunctionHost({ sqsEndpoint, dynamodbEndpoint, region, registerChild, onEvent });
 * host.addFunction({ logicalId: 'Worker', name: 'worker', arn, codeDir, handler: 'index.handler', environment: {},
 *   timeoutSeconds: 30, memoryMb: 256 });
 * host.addSqsEventSource({ id: 'jobs', functionName: 'worker', queueUrl, queueArn, batchSize: 10,
 *   batchWindowSeconds: 0, reportBatchItemFailures: true, enabled: true });
 * host.start();
 * ```
 */
export function createFunctionHost(options: FunctionHostOptions): FunctionHost {
  return new Host(options);
}

class Host implements FunctionHost {
  readonly #options: FunctionHostOptions;
  readonly #clock: Clock;
  readonly #sqs: SqsApi;
  readonly #gate: StartGate;
  readonly #functions = new Map<string, FunctionRunner>();
  readonly #streams: StreamApi;
  readonly #sources = new Map<string, SqsSource | StreamSource>();
  #started = false;

  constructor(options: FunctionHostOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#gate = new StartGate({ width: availableParallelism(), clock: this.#clock });
    const { sqsEndpoint, dynamodbEndpoint, region } = options;
    this.#sqs = new SqsApi({ endpoint: sqsEndpoint, region, clock: this.#clock });
    this.#streams = new StreamApi({ endpoint: dynamodbEndpoint, region, clock: this.#clock });
  }

  addFunction(spec: FunctionSpec): void {
    if (this.#functions.has(spec.name)) throw new DuplicateNameError({ kind: 'function', name: spec.name });
    checkFunction(spec);
    const { region, freeze = false, registerChild, onEvent } = this.#options;
    const runner = new FunctionRunner({
      spec,
      region,
      freeze,
      registerChild,
      onEvent,
      clock: this.#clock,
      gate: this.#gate,
    });
    this.#functions.set(spec.name, runner);
  }

  async invoke(name: string, event: unknown): Promise<InvokeResult> {
    return this.#find(name).invoke(event);
  }

  addSqsEventSource(spec: SqsEventSourceSpec): void {
    const runner = this.#find(spec.functionName);
    checkSqsEventSource(spec);
    const { region, onEvent } = this.#options;
    const source = new SqsSource({
      spec,
      region,
      onEvent,
      functionTimeoutSeconds: runner.timeoutSeconds,
      invoke: (event) => runner.invoke(event, spec.id),
      api: this.#sqs,
      clock: this.#clock,
    });
    this.#add(spec, source);
  }

  addStreamEventSource(spec: StreamEventSourceSpec): void {
    const runner = this.#find(spec.functionName);
    checkStreamEventSource(spec);
    const { region, onEvent } = this.#options;
    const source = new StreamSource({
      spec,
      region,
      onEvent,
      functionArn: runner.arn,
      invoke: (event) => runner.invoke(event, spec.id),
      api: this.#streams,
      sqs: this.#sqs,
      clock: this.#clock,
    });
    this.#add(spec, source);
  }

  async replaceCode(name: string, codeDir: string): Promise<void> {
    await this.#find(name).replaceCode(codeDir);
  }

  async start(): Promise<void> {
    this.#started = true;
    await Promise.all([...this.#sources.values()].map((source) => source.start()));
  }

  eventSource(id: string): EventSourceStatus | undefined {
    const source = this.#sources.get(id);
    if (source === undefined) return undefined;
    const { spec } = source;
    const { arn: functionArn } = this.#find(spec.functionName);
    const pausable = 'queueArn' in spec;
    const sourceArn = pausable ? spec.queueArn : spec.streamArn;
    return { id, functionArn, sourceArn, batchSize: spec.batchSize, state: source.state, pausable };
  }

  async setEnabled(id: string, enabled: boolean): Promise<void> {
    const source = this.#sources.get(id);
    if (!(source instanceof SqsSource)) throw new UnknownEventSourceError({ id });
    await source.setEnabled(enabled);
  }

  async idle(): Promise<void> {
    // Twice in a row: what one source's function sends, another source may just be receiving.
    for (let quiet = 0; quiet < 2; ) {
      quiet = (await this.#quiet()) ? quiet + 1 : 0;
      if (quiet < 2) await sleep(this.#clock, IDLE_CHECK_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sources = [...this.#sources.values()];
    for (const source of sources) source.stop();
    let stop: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      stop = this.#clock.after(DRAIN_MS, resolve);
    });
    const runners = [...this.#functions.values()];
    const drained = Promise.all([...sources, ...runners].map((part) => part.drained()));
    await Promise.race([drained, late]);
    stop?.();
    await Promise.all(runners.map((runner) => runner[Symbol.asyncDispose]()));
    this.#gate[Symbol.dispose]();
    // Killed invocations leave their batches; nothing may be reported or deleted after this.
    await drained;
    this.#sqs[Symbol.dispose]();
    this.#streams[Symbol.dispose]();
  }

  #add({ id }: { id: string }, source: SqsSource | StreamSource): void {
    if (this.#started) throw new StartedError({ id });
    if (this.#sources.has(id)) throw new DuplicateNameError({ kind: 'event source', name: id });
    this.#sources.set(id, source);
  }

  async #quiet(): Promise<boolean> {
    if ([...this.#functions.values()].some((runner) => runner.running > 0)) return false;
    const quiet = await Promise.all([...this.#sources.values()].map((source) => source.quiet()));
    return quiet.every(Boolean);
  }

  #find(name: string): FunctionRunner {
    const runner = this.#functions.get(name);
    if (runner === undefined) throw new UnknownFunctionError({ name, known: [...this.#functions.keys()] });
    return runner;
  }
}
