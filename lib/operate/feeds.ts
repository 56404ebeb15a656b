import {
  GetEventSourceMappingCommand,
  type LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { resourceError } from '../contract/index.ts';

/** The states of an event source mapping, by Lambda's API. */
export type FeedState =
  | 'creating'
  | 'enabling'
  | 'enabled'
  | 'disabling'
  | 'disabled'
  | 'updating'
  | 'deleting'
  | 'unknown';

const STATES: readonly string[] = [
  'creating',
  'enabling',
  'enabled',
  'disabling',
  'disabled',
  'updating',
  'deleting',
] satisfies FeedState[];

/** How Lambda says that a mapping is being changed already. */
const BUSY = new Set(['ResourceInUseException', 'ResourceConflictException']);

/** The event source mappings that feed the workers. */
export class Feeds {
  readonly #client: LambdaClient;

  constructor(client: LambdaClient) {
    this.#client = client;
  }

  async state(uuid: string): Promise<FeedState> {
    const { State } = await this.#call(uuid, () =>
      this.#client.send(new GetEventSourceMappingCommand({ UUID: uuid })),
    );
    return read(State);
  }

  /**
   * Asks for a mapping to be enabled or disabled, unless it is or is about to be. What it is then is read by `state`: a
   * mapping that is being changed at the moment takes no other change, and has to be asked again.
   */
  async ask(uuid: string, wanted: 'enabled' | 'disabled'): Promise<FeedState> {
    const state = await this.state(uuid);
    const underway = wanted === 'enabled' ? 'enabling' : 'disabling';
    if (state === wanted || state === underway) return state;
    try {
      const change = { UUID: uuid, Enabled: wanted === 'enabled' };
      const { State } = await this.#call(uuid, () =>
        this.#client.send(new UpdateEventSourceMappingCommand(change)),
      );
      return read(State);
    } catch (error) {
      if (error instanceof Error && BUSY.has(error.name)) return state;
      throw error;
    }
  }

  async #call<T>(uuid: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const region = await this.#client.config.region();
      throw resourceError(error, {
        resource: 'event source mapping',
        name: uuid,
        region,
        caller: 'operator',
      });
    }
  }
}

function read(state: string | undefined): FeedState {
  const known = state?.toLowerCase() ?? '';
  return STATES.includes(known) ? (known as FeedState) : 'unknown';
}
