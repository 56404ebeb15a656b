import { type Chance, type Clock, describeThrown } from '../../contract/index.ts';
import { Agenda } from './agenda.ts';
import { type Asked, AskedOnce } from './asked.ts';
import type { DeliveryTargets } from './delivery.ts';
import type { SchedulerEvent } from './event.ts';
import { Firing } from './firing.ts';
import { route } from './routes.ts';
import type { Operating } from './schedule-operations.ts';
import { ServiceError } from './service-error.ts';
import { Store } from './store.ts';

export interface SchedulerCoreOptions {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly targets: DeliveryTargets;
  readonly onEvent: (event: SchedulerEvent) => void;
}

/** What a request is answered with. */
export interface SchedulerAnswer {
  readonly status: number;
  /** The name of the exception; undefined: it was done. */
  readonly errorType?: string;
  readonly body: object;
}

/** EventBridge Scheduler without a port: requests as HTTP would bring them, and what they have fired by a clock. */
export class Scheduler implements Disposable {
  readonly #agenda: Agenda;
  readonly #asked = new AskedOnce();
  readonly #operating: Operating;

  constructor({ region, account, clock, chance, targets, onEvent }: SchedulerCoreOptions) {
    const agenda = new Agenda(clock);
    const store = new Store({ region, account, now: agenda.now() });
    const firing = new Firing({
      ...{ agenda, targets, chance, onEvent },
      onCompleted: ({ arn, settings }) => {
        if (settings.ActionAfterCompletion === 'DELETE') store.deleteSchedule(arn);
      },
    });
    this.#agenda = agenda;
    this.#operating = { store, firing, agenda, asked: this.#asked };
  }

  answer(request: { method: string; url: string; body: string }): SchedulerAnswer {
    try {
      return { status: 200, body: route(this.#operating, request) };
    } catch (error) {
      const { status, type, message } =
        error instanceof ServiceError
          ? error
          : { status: 500, type: 'InternalServerException', message: describeThrown(error).message };
      return { status, errorType: type, body: { Message: message } };
    }
  }

  now(): number {
    return this.#agenda.now();
  }

  advance(ms: number): Promise<void> {
    return this.#agenda.advance(ms);
  }

  /** What every schedule so far needs of IAM: roles are kept, not assumed. */
  asked(): Asked[] {
    return this.#asked.list();
  }

  settled(): Promise<void> {
    return this.#agenda.settled();
  }

  [Symbol.dispose](): void {
    this.#agenda[Symbol.dispose]();
  }
}
