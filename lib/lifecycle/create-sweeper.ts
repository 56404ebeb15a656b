import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CALL_LIMITS,
  type Chance,
  type Clock,
  DEFAULTS,
  type Environment,
  FUNCTION_ENVIRONMENT,
  readEnvironment,
  systemChance,
  systemClock,
} from '../contract/index.ts';
import { createLogger, type LoggerFactory } from '../observe/index.ts';
import { JobTable, ScheduleTable } from '../state/index.ts';
import { type SweeperDeps, type SweepReport, sweep } from './sweeper.ts';

export interface SweeperOptions {
  /** @default process.env */
  readonly env?: Environment;
  /** @default a client by the usual AWS configuration */
  readonly dynamodb?: DynamoDBClient;
  /** @default Powertools for AWS Lambda's logger */
  readonly logger?: LoggerFactory;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default the system's */
  readonly chance?: Chance;
}

/** The event's content does not matter; a test or an operator may ask for a round now. */
export type SweeperHandler = (
  event: { readonly now?: boolean } | undefined,
  context: { getRemainingTimeInMillis(): number },
) => Promise<SweepReport>;

/** A run stops this long before its invocation ends, in milliseconds. */
const RESERVE = 10_000;

/**
 * The scheduled function that mends what no message brings back any more.
 *
 * @throws {EnvironmentError} a variable that the stack sets is missing
 */
export function createSweeper(options: SweeperOptions = {}): SweeperHandler {
  const { env = process.env, clock = systemClock, chance = systemChance } = options;
  const { table, retention, deadRetention, messageRetention } = readEnvironment(
    env,
    FUNCTION_ENVIRONMENT.sweeper,
  );
  const client = options.dynamodb ?? new DynamoDBClient({ requestHandler: CALL_LIMITS });
  const { lapseLimit, hopLimit, sweepRound, overdueLimit } = DEFAULTS;
  const deps: SweeperDeps = {
    ...{ client, clock, chance, round: sweepRound, overdueLimit },
    table: new JobTable({ client, tableName: table }),
    schedules: new ScheduleTable({ client, tableName: table }),
    logger: options.logger ?? createLogger({ service: 'sweeper' }),
    rules: { messageRetention: messageRetention * 1000, lapseLimit, hopLimit },
    retention: retention * 1000,
    deadRetention: deadRetention * 1000,
  };
  return (event, context) => {
    const until = clock.now() + context.getRemainingTimeInMillis() - RESERVE;
    return sweep(event?.now ? { ...deps, round: 0 } : deps, { until });
  };
}
