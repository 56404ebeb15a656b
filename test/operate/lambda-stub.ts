import { LambdaClient } from '@aws-sdk/client-lambda';
import { localCredentials } from '../../lib/local/engines/index.ts';
import { startLambdaApi } from '../../lib/local/lambda-api/index.ts';
import { REGION } from '../dispatch/test-queue.ts';

type State = 'Enabled' | 'Disabling' | 'Disabled';

/** Event source mappings behind the local cloud's API of Lambda, each as a test has it. */
export class Mappings implements AsyncDisposable {
  readonly client: LambdaClient;
  readonly endpoint: string;
  readonly asked: string[] = [];
  readonly #states: Map<string, State>;
  readonly #close: () => Promise<void>;
  /** How often a mapping is seen disabling before it is disabled. */
  #turns = 1;

  private constructor(given: {
    client: LambdaClient;
    endpoint: string;
    states: Map<string, State>;
    close: () => Promise<void>;
  }) {
    this.client = given.client;
    this.endpoint = given.endpoint;
    this.#states = given.states;
    this.#close = given.close;
  }

  static async start(ids: readonly string[]): Promise<Mappings> {
    const states = new Map<string, State>(ids.map((id) => [id, 'Enabled']));
    let made: Mappings | undefined;
    const api = await startLambdaApi({
      eventSource: (id) => made?.look(id),
      setEnabled: async (id, enabled) => {
        made?.asked.push(`${id} ${enabled}`);
        states.set(id, enabled ? 'Enabled' : 'Disabling');
      },
    });
    const client = new LambdaClient({
      endpoint: api.endpoint,
      region: REGION,
      credentials: localCredentials,
      maxAttempts: 1,
    });
    const close = async () => {
      client.destroy();
      await api[Symbol.asyncDispose]();
    };
    made = new Mappings({ client, endpoint: api.endpoint, states, close });
    return made;
  }

  /** Every mapping stays disabling for so many looks. */
  slowly(turns: number): void {
    this.#turns = turns;
  }

  state(id: string): State | undefined {
    return this.#states.get(id);
  }

  look(id: string) {
    const state = this.#states.get(id);
    if (state === undefined) return undefined;
    if (state === 'Disabling' && this.#turns-- <= 0) this.#states.set(id, 'Disabled');
    const functionArn = `arn:aws:lambda:${REGION}:000000000000:function:worker`;
    const sourceArn = `arn:aws:sqs:${REGION}:000000000000:${id}`;
    return { id, functionArn, sourceArn, batchSize: 10, state, pausable: true };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
