import type { Chance, Clock } from '../../../lib/contract/index.ts';
import { START, type World } from './world.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A process that runs real code: its clock, its chance, and whether it lives. Whatever reaches it goes through `deliver`:
 * a dead process hears nothing any more, a frozen one when it thaws.
 */
export class Process {
  readonly name: string;
  /** What it is one of many of: `worker default`, `client`. Faults are named by it. */
  readonly role: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Milliseconds that its clock is ahead of the world's. */
  readonly skew: number;
  /** Lambda gave an invocation of it up, and it went on all the same. */
  impaired = false;
  readonly #world: World;
  #state: 'alive' | 'frozen' | 'dead' = 'alive';
  #waiting: (() => void)[] = [];
  #ends: (() => void)[] = [];
  #thaws = 0;

  constructor(world: World, { name, role }: { name: string; role: string }) {
    this.#world = world;
    this.name = name;
    this.role = role;
    this.skew = drawSkew(world, name);
    this.clock = {
      now: () => Math.floor(world.now + this.skew),
      after: (ms, then) => world.after(ms, () => this.deliver(then)),
    };
    this.chance = chanceOf(world, name);
  }

  get alive(): boolean {
    return this.#state !== 'dead';
  }

  get frozen(): boolean {
    return this.#state === 'frozen';
  }

  /** Rises whenever it stands still or goes on. */
  get freezes(): number {
    return this.#thaws;
  }

  deliver(code: () => void): void {
    if (this.#state === 'dead') return;
    if (this.#state === 'frozen') {
      this.#waiting.push(code);
      return;
    }
    this.#world.wake();
    code();
  }

  /** Calls `then` when the process dies. */
  onEnd(then: () => void): void {
    this.#ends.push(then);
  }

  crash(why: string): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.#waiting = [];
    this.#world.tell(this.name, () => `† the process dies: ${why}`);
    for (const end of this.#ends.splice(0)) end();
  }

  freeze(): void {
    if (this.#state === 'alive') this.#state = 'frozen';
    this.#thaws += 1;
  }

  /** Stands still for a while; something else may thaw it before. */
  freezeFor(ms: number): void {
    this.freeze();
    const turn = this.#thaws;
    this.#world.after(ms, () => {
      if (turn === this.#thaws) this.thaw();
    });
  }

  /** Whatever waited comes at once, in its order. */
  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'alive';
    this.#thaws += 1;
    for (const code of this.#waiting.splice(0)) this.deliver(code);
  }
}

function drawSkew(world: World, name: string): number {
  const kind = world.faults.strike(`clock of ${name}`, ['skew', 'wild skew']);
  if (kind === 'skew') return world.draws.between(`skew ${name}`, -5_000, 5_000);
  if (kind === 'wild skew') return world.draws.between(`skew ${name}`, -600_000, 600_000);
  return 0;
}

/** Ids that tell who drew them, so that a story can be read; the numbers come from the seed. */
function chanceOf(world: World, name: string): Chance {
  const short = name.replaceAll(/[^a-z0-9]/gi, '');
  let drawn = 0;
  return {
    ulid: (now) => {
      drawn += 1;
      return ulidLike(now - START, `${short}${drawn}`);
    },
    nonce: () => {
      drawn += 1;
      return `${short}-${drawn}`;
    },
    random: world.draws.sequence(`chance of ${name}`),
  };
}

function ulidLike(now: number, suffix: string): string {
  let time = '';
  for (let rest = Math.max(0, now), i = 0; i < 8; i += 1, rest = Math.floor(rest / 32))
    time = CROCKFORD[rest % 32] + time;
  return time + suffix;
}
