// One subject in a process of its own, so that nothing but its own work is in its CPU time. Its log lines go to standard
// output, its figures to standard error.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createSqsClient } from '../../lib/dispatch/index.ts';
import { countRequests, measure } from './measure.ts';
import { millraceSides } from './millrace.ts';
import { powertoolsSides } from './powertools.ts';

const [name = '', table = '', queue = '', run = '', jobs = '', warmUp = ''] = process.argv.slice(2);
const clients = { dynamodb: new DynamoDBClient({}), sqs: createSqsClient() };
const options = { jobs: Number(jobs), warmUp: Number(warmUp), requests: countRequests(clients) };
const make = name === 'millrace' ? millraceSides : powertoolsSides;
const sides = make({ ...clients, table, queue, run });
const client = await measure(sides.client, options);
const worker = await measure(sides.worker, options);
process.stderr.write(JSON.stringify({ client, worker }));
