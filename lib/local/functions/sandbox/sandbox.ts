import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../contract/index.ts';
import { siblingModule } from '../../sibling.ts';
import type { InvokeError } from '../invocation.ts';
import type { FunctionSpec } from '../spec.ts';
import { OutputLines } from './output-lines.ts';
import { residentMemoryMb } from './resident-memory.ts';
import { nodeFlags, sandboxEnvironment } from './sandbox-environment.ts';
import { failureOfExit, type KillReason, type SandboxExit, type SandboxFailure } from './sandbox-failure.ts';
import type { InvokeMessage, SandboxMessage } from './sandbox-protocol.ts';

const BOOTSTRAP = fileURLToPath(siblingModule('bootstrap', import.meta.url));
/** Lambda gives initialisation 10 seconds, and on failure once more within the function's timeout. */
const INIT_SECONDS = 10;
const MEMORY_CHECK_MS = 100;
/** How long the end of an invocation waits for its last lines, should a handler have closed its own output. */
const OUTPUT_GRACE_MS = 100;

export type SandboxOutcome =
  | { readonly outcome: 'succeeded'; readonly payload: unknown }
  | { readonly outcome: 'error'; readonly error: InvokeError }
  | SandboxFailure;

export interface SandboxOptions {
  readonly id: string;
  readonly spec: FunctionSpec;
  readonly region: string;
  readonly clock: Clock;
  /** Stop the process between invocations, as Lambda does. */
  readonly freeze: boolean;
  registerChild(pid: number): () => void;
  onLine(line: { text: string; stream: 'stdout' | 'stderr'; requestId?: string }): void;
  /** The process ended while no invocation was in progress, and not by `dispose`. */
  onIdleExit(failure: SandboxFailure): void;
}

interface Pending {
  readonly requestId: string;
  settle(outcome: SandboxOutcome): void;
  /** What the sandbox said before it left. */
  fatal?: InvokeError;
}

/** One execution environment of a function: a child process that runs one invocation at a time and keeps its state. */
export class Sandbox {
  readonly id: string;
  readonly #options: SandboxOptions;
  readonly #child: ChildProcess;
  readonly #gone: Promise<SandboxExit>;
  /** Loaded: from then on an end that nobody asked for and no invocation sees is reported by `onIdleExit`. */
  #loaded = false;
  #killed: KillReason | undefined;
  #heapExhausted = false;
  #alive = true;
  #exit: SandboxExit | undefined;
  #unregister: (() => void) | undefined;
  #pending: Pending | undefined;
  /** Streams that have not reached the end of the current invocation's output. */
  #unread = 0;
  #onOutputRead: (() => void) | undefined;

  constructor(options: SandboxOptions) {
    this.id = options.id;
    this.#options = options;
    const { spec, region, id } = options;
    this.#child = spawn(process.execPath, [...nodeFlags(spec), BOOTSTRAP], {
      cwd: spec.codeDir,
      env: sandboxEnvironment({ spec, region, sandboxId: id }),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A process group of its own: Ctrl-C in the terminal must not kill what the host is still draining, and
      // whatever a handler starts is killed with it.
      detached: process.platform !== 'win32',
    });
    if (this.#child.pid !== undefined) this.#unregister = options.registerChild(this.#child.pid);
    this.#read('stdout');
    this.#read('stderr');
    this.#gone = this.#watchExit();
  }

  /** Whether the process can take another invocation. */
  get alive(): boolean {
    return this.#alive && this.#killed === undefined;
  }

  /** Resolves with undefined once the handler is loaded, or with why it was not. */
  async ready(): Promise<SandboxFailure | undefined> {
    const { clock, spec } = this.#options;
    const stopTimer = clock.after((INIT_SECONDS + spec.timeoutSeconds) * 1000, () =>
      this.#kill('init-timeout'),
    );
    const stopWatch = this.#watchMemory();
    const message = new Promise<SandboxFailure | undefined>((resolve) => {
      this.#child.once('message', (received: SandboxMessage) => {
        resolve(
          received.type === 'init-error' ? { outcome: 'init-error', error: received.error } : undefined,
        );
      });
    });
    const exited = this.#gone.then((exit) => {
      const failure = failureOfExit({ exit, requestId: 'init', timeoutSeconds: spec.timeoutSeconds });
      return failure.outcome === 'crash' ? { ...failure, outcome: 'init-error' as const } : failure;
    });
    const failure = await Promise.race([message, exited]);
    stopTimer();
    stopWatch();
    if (failure !== undefined) {
      await this.dispose();
      return failure;
    }
    this.#loaded = true;
    this.#child.on('message', (received: SandboxMessage) => this.#receive(received));
    return undefined;
  }

  /** Runs one invocation. The process is gone afterwards unless `alive` says otherwise. */
  async invoke(options: { requestId: string; event: unknown }): Promise<SandboxOutcome> {
    const { requestId, event } = options;
    const { clock, spec } = this.#options;
    const timeoutMs = spec.timeoutSeconds * 1000;
    const message: InvokeMessage = {
      type: 'invoke',
      requestId,
      functionArn: spec.arn,
      event,
      deadline: clock.now() + timeoutMs,
    };
    this.#signal('SIGCONT');
    const stopTimer = clock.after(timeoutMs, () => this.#kill('timeout'));
    const stopWatch = this.#watchMemory();
    try {
      return await new Promise<SandboxOutcome>((settle) => {
        this.#pending = { requestId, settle };
        this.#unread = 2;
        this.#onOutputRead = undefined;
        this.#settleByExit();
        this.#child.send(message, (error) => {
          if (error !== null) this.#kill('unreachable');
        });
      });
    } finally {
      this.#pending = undefined;
      stopTimer();
      stopWatch();
      if (this.alive) this.#signal('SIGSTOP');
    }
  }

  /** Kills the process, if need be, and resolves when it is gone. */
  async dispose(): Promise<void> {
    this.#kill('disposed');
    await this.#gone;
  }

  #receive(message: SandboxMessage): void {
    const pending = this.#pending;
    if (pending === undefined || (message.type !== 'result' && message.type !== 'error')) return;
    if (message.requestId !== pending.requestId) return;
    if (message.type === 'error' && message.fatal) {
      // The process leaves by itself, and that settles the invocation.
      pending.fatal = message.error;
      return;
    }
    const outcome: SandboxOutcome =
      message.type === 'result'
        ? { outcome: 'succeeded', payload: JSON.parse(message.payload) }
        : { outcome: 'error', error: message.error };
    if (this.#unread === 0) {
      pending.settle(outcome);
      return;
    }
    const stop = this.#options.clock.after(OUTPUT_GRACE_MS, () => pending.settle(outcome));
    this.#onOutputRead = () => {
      stop();
      pending.settle(outcome);
    };
  }

  #read(name: 'stdout' | 'stderr'): void {
    const lines = new OutputLines({
      onLine: (text) => {
        if (name === 'stderr' && text.includes('JavaScript heap out of memory')) this.#heapExhausted = true;
        this.#options.onLine({ text, stream: name, requestId: this.#pending?.requestId });
      },
      onEnd: () => {
        this.#unread -= 1;
        if (this.#unread === 0) this.#onOutputRead?.();
      },
    });
    this.#child[name]?.on('data', (chunk: Buffer) => lines.push(chunk));
    this.#child[name]?.on('end', () => lines.flush());
  }

  async #watchExit(): Promise<SandboxExit> {
    const exit = await new Promise<SandboxExit>((resolve) => {
      const ended = (how: Pick<SandboxExit, 'code' | 'signal' | 'startError'>) => {
        this.#alive = false;
        this.#unregister?.();
        // `close` follows when the output is read; a process that the handler left behind may hold it open.
        const settle = () => resolve({ ...how, killed: this.#killed, heapExhausted: this.#heapExhausted });
        const stop = this.#options.clock.after(OUTPUT_GRACE_MS, settle);
        this.#child.once('close', () => {
          stop();
          settle();
        });
      };
      this.#child.once('exit', (code, signal) => ended({ code, signal }));
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) ended({ code: null, signal: null, startError: error.message });
      });
    });
    this.#exit = exit;
    if (this.#loaded && this.#pending === undefined && this.#killed === undefined) {
      const { timeoutSeconds } = this.#options.spec;
      this.#options.onIdleExit(failureOfExit({ exit, requestId: 'none', timeoutSeconds }));
    }
    this.#settleByExit();
    return exit;
  }

  /** An invocation of a process that has ended ends with it. */
  #settleByExit(): void {
    const { timeoutSeconds } = this.#options.spec;
    if (this.#exit === undefined || this.#pending === undefined) return;
    const { requestId, fatal: error, settle } = this.#pending;
    settle(
      error ? { outcome: 'error', error } : failureOfExit({ exit: this.#exit, requestId, timeoutSeconds }),
    );
  }

  #watchMemory(): () => void {
    const { clock, spec } = this.#options;
    let stopped = false;
    let stop: () => void;
    const check = async () => {
      const used = this.#child.pid === undefined ? undefined : await residentMemoryMb(this.#child.pid);
      if (stopped) return;
      if (used !== undefined && used > spec.memoryMb) this.#kill('out-of-memory');
      else stop = clock.after(MEMORY_CHECK_MS, () => void check());
    };
    stop = clock.after(MEMORY_CHECK_MS, () => void check());
    return () => {
      stopped = true;
      stop();
    };
  }

  #kill(reason: KillReason): void {
    if (!this.#alive) return;
    this.#killed ??= reason;
    const { pid } = this.#child;
    try {
      if (pid !== undefined && process.platform !== 'win32') process.kill(-pid, 'SIGKILL');
      else this.#child.kill('SIGKILL');
    } catch {
      // Gone between its exit and the news of it.
      this.#child.kill('SIGKILL');
    }
  }

  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#options.freeze && process.platform !== 'win32') this.#child.kill(signal);
  }
}
