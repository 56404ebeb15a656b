import {
  type ClientOptions,
  type EndedJob,
  type EnqueuedJob,
  MillraceClient,
  type ResultOf,
  type WaitOptions,
  WaitTimeoutError,
} from '../client/index.ts';
import { type Catalog, milliseconds } from '../contract/index.ts';
import { pass } from './passing.ts';
import type { World } from './world.ts';

/** The client as applications use it; only that its waiting moves the virtual time. */
export class TestClient<C extends Catalog> extends MillraceClient<C> {
  readonly #world: World;

  constructor(options: ClientOptions<C>, world: World) {
    super(options);
    this.#world = world;
  }

  override async wait<J = unknown>(
    job: EnqueuedJob<J> | string,
    { timeout = '60s', signal }: WaitOptions = {},
  ): Promise<EndedJob<ResultOf<J>>> {
    const id = typeof job === 'string' ? job : job.id;
    const most = milliseconds(timeout, 'timeout');
    const status = await this.#world.alone(async () => {
      const waits = () => this.#world.jobs.unended().some((record) => record.id === id);
      signal?.throwIfAborted();
      await pass(this.#world, { until: this.#world.now + most, while: waits });
      return waits() ? this.#world.jobs.get(id)?.status : undefined;
    });
    if (status !== undefined) throw new WaitTimeoutError({ id, status, timeout: most });
    return super.wait(job, { timeout: 0 });
  }
}
