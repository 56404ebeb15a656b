import { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** What an invocation is told besides its event. */
export interface InvocationContext {
  readonly getRemainingTimeInMillis: () => number;
}

export type Handler = (event: never, context: InvocationContext) => Promise<unknown>;

/** How an invocation ended, as its event source sees it. */
export type Ended = { readonly returned: unknown } | { readonly failed: string };

export interface FunctionOptions {
  readonly world: World;
  readonly name: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Starts the real code in a fresh process. */
  readonly boot: (process: Process) => Handler;
  /** Asked as an invocation begins; what it gives hears of an error that the code threw. */
  readonly watch: () => (process: Process, error: unknown) => void;
  /** Hears of every answer, before the process stands still. @default nobody does */
  readonly answers?: (process: Process) => void;
  /** Hears of an invocation whose process died, was ended or stood still, whatever did that. */
  readonly disturbed: (jobs: readonly string[]) => void;
}

interface Sandbox {
  readonly process: Process;
  readonly handler: Handler;
  busy: boolean;
}

const INVOCATION_FAULTS = ['invocation refused', 'invocation killed', 'invocation abandoned'] as const;

/** A Lambda function: its sandboxes, one invocation each at a time, frozen between two of them. */
export class LambdaFunction {
  readonly name: string;
  readonly #options: FunctionOptions;
  #sandboxes: Sandbox[] = [];
  #started = 0;

  constructor(options: FunctionOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** New code: sandboxes that are at work finish with the old one, later invocations get fresh ones. */
  deploy(): void {
    this.#sandboxes = [];
  }

  /** `ended` is called once, `begins` before the code is, where it is; `jobs` names what the event is about. */
  invoke(
    event: unknown,
    jobs: readonly string[],
    ended: (how: Ended) => void,
    begins: (process: Process) => void = () => undefined,
  ): void {
    const { world, timeout, watch, disturbed } = this.#options;
    const point = world.faults.point(`invoke ${this.name} with ${world.names.label(jobs)}`);
    const fault = world.faults.strike(point, INVOCATION_FAULTS, jobs);
    if (fault) world.tell('Lambda', () => `⚡ ${fault}: ${this.name}`, jobs);
    if (fault === 'invocation refused') {
      ended({ failed: 'throttled' });
      return;
    }
    const sandbox = this.#sandboxFor(point);
    const { process } = sandbox;
    sandbox.busy = true;
    let { freezes } = process;
    const endsAt = world.now + timeout;
    let over = false;
    const end = (how: Ended) => {
      if (over) return;
      over = true;
      for (const stop of stops) stop();
      if (!process.alive || process.freezes !== freezes) disturbed(jobs);
      sandbox.busy = false;
      world.tell(
        'Lambda',
        () => `${process.name} ${'failed' in how ? `failed: ${how.failed}` : 'returned'}`,
        jobs,
      );
      ended(how);
    };
    const kill = (why: string) => {
      if (why === 'invocation killed') world.faults.took(why);
      process.crash(why);
      end({ failed: why });
    };
    const abandon = () => {
      process.impaired = true;
      if (fault === 'invocation abandoned') world.faults.took(fault);
      process.freezeFor(world.draws.spread(`thaw ${point}`, 1_000, 600_000));
      end({ failed: 'abandoned' });
    };
    const giveUp = fault === 'invocation abandoned' ? abandon : () => kill('invocation timed out');
    const stops = [world.after(timeout, giveUp)];
    if (fault === 'invocation killed' || fault === 'invocation abandoned') {
      const early = world.draws.spread(`${fault} ${point}`, 10, timeout);
      stops.push(
        world.after(early, fault === 'invocation killed' ? () => kill('invocation killed') : abandon),
      );
    }
    process.onEnd(() => end({ failed: 'the process died' }));
    process.thaw();
    freezes = process.freezes;
    begins(process);
    const threw = watch();
    process.deliver(() => {
      const context = { getRemainingTimeInMillis: () => Math.max(0, endsAt - world.now) };
      world.tell(process.name, () => 'is invoked', jobs);
      sandbox.handler(event as never, context).then(
        (returned) => {
          if (!process.alive || over) return;
          this.#options.answers?.(process);
          end({ returned });
          process.freeze();
        },
        (error: unknown) => {
          if (!process.alive) return;
          threw(process, error);
          end({ failed: String(error) });
        },
      );
    });
  }

  /** A warm one, or, now and then and when there is none, a cold start. */
  #sandboxFor(point: string): Sandbox {
    const { world, boot } = this.#options;
    this.#sandboxes = this.#sandboxes.filter(({ process }) => process.alive);
    const idle = this.#sandboxes.filter(({ busy }) => !busy);
    if (idle.length > 0 && !world.draws.happens(`cold ${point}`, 0.1)) {
      return world.draws.pick(`sandbox ${point}`, idle);
    }
    this.#started += 1;
    const process = new Process(world, { name: `${this.name}#${this.#started}`, role: this.name });
    const sandbox = { process, handler: boot(process), busy: false };
    this.#sandboxes.push(sandbox);
    return sandbox;
  }
}
