import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect } from 'vitest';
import { createLifecycle } from '../../lib/lifecycle/index.ts';
import { type Item, type JobRecord, readRecord } from '../../lib/state/index.ts';
import type { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { type SceneStand, standOf } from './everything-written.ts';
import type { Golden } from './golden-fixtures.ts';

export interface Given {
  readonly stand: SceneStand;
  /** Of the job that the items are of. */
  readonly id: string;
  readonly record: () => Promise<JobRecord>;
}

/** A deployment of today's build that finds these items, and the message, where there is one. */
export async function given(lab: Lab, { items, state, message }: Golden): Promise<Given> {
  const stand = await standOf(lab);
  for (const Item of items)
    await lab.wire.dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
  if (message !== undefined) await stand.send(message);
  const id = state ? readRecord(state).id : '';
  return { stand, id, record: () => stand.record(id) };
}

/** Today's lifecycle function, given an item that was just written. */
export async function follow(stand: SceneStand, image: Item): Promise<void> {
  const { lab, environment: env, chance } = stand;
  const { dynamodb, sqs, scheduler } = lab.open();
  const { logger } = recordedLog();
  const options = { env, dynamodb, sqs, scheduler, logger, clock: lab.clock, chance };
  const Records = [{ dynamodb: { NewImage: image, SequenceNumber: '1' } } as DynamoDBRecord];
  expect(await createLifecycle(options)({ Records })).toEqual({ batchItemFailures: [] });
}
