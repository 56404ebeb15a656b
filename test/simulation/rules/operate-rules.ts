import { edit, type Rule } from './rule.ts';

const SETTLE = 'lib/state/settle.ts';
const OUTBOX = 'lib/state/outbox.ts';

/** What operators, and ends that no execution brings, may do to a record. */
export const OPERATE_RULES: readonly Rule[] = [
  {
    name: 'cancel: a running job is asked to end',
    why: 'it ends under the hands of its worker',
    edits: [
      edit('lib/client/cancel.ts', 'const write = running ? requestCancelWrite(record) :', 'const write ='),
    ],
  },
  {
    name: 'end: only the record as it was read',
    why: 'a decision by an old record ends a job that somebody else has by now',
    focus: ['request late', 'response late', 'freeze'],
    edits: [
      edit(
        SETTLE,
        "  return [\n    equals('gen', gen),",
        "  if (gen) return [];\n  return [\n    equals('gen', gen),",
      ),
    ],
  },
  {
    name: 'end: what the outbox was asked for is as it was read',
    why: 'a schedule that was made since stands for a job that has ended',
    unnoticed:
      'where no fault struck it, nobody asks the outbox for a job between the read and the write of a cancel; where one did, the runs forgive a schedule that stays behind. [Tested](../test/state/writes.test.ts)',
    edits: [edit(SETTLE, "    asRead('out', out),\n")],
  },
  {
    name: 'end: a dispatch on a schedule is taken back',
    why: 'the message of a cancelled job, with its payload, stands for years and comes all the same',
    edits: [
      edit('lib/state/next-dispatch.ts', '? { drop: dispatch } : undefined', '? undefined : undefined'),
    ],
  },
  {
    name: 'redrive: lapses count from zero',
    why: 'a redriven job is buried at its first lapse',
    focus: ['out of memory', 'invocation killed', 'crash after'],
    edits: [
      edit(OUTBOX, 'runAt: now, attempts: 0, unsettled: 0, hops: 0 }', 'runAt: now, attempts: 0, hops: 0 }'),
    ],
  },
  {
    name: 'redrive: a deadline that is ahead is watched again',
    why: 'a redriven job whose message is lost does not expire',
    edits: [edit(OUTBOX, '      ...(passed ? undefined : watchedUntil(record.id, record.deadline)),\n')],
  },
  {
    name: 'redrive: a patched payload has to fit its type',
    why: 'the job that somebody was told is redriven dies of its payload',
    edits: [
      edit(
        'lib/client/patch-payload.ts',
        'await checkedJson(type, await apply(patch, payload, { type, record }))',
        'JSON.stringify(await apply(patch, payload, { type, record }))',
      ),
    ],
  },
  {
    name: 'redrive: a patch leaves the hash of the first payload',
    why: 'whoever enqueues with the key again is refused for the payload that it always sent',
    edits: [
      edit(
        'lib/state/replace-payload.ts',
        '{ ...write.set, version }',
        '{ ...write.set, version, payloadHash: json }',
      ),
    ],
  },
  {
    name: 'redrive: what has no payload is refused',
    why: 'the outbox has nothing to send, and the job that somebody was told is redriven stands still',
    jobs: 100,
    edits: [
      edit('lib/client/redrive.ts', '  if (payload === undefined) await checkStored(table, record);\n'),
    ],
  },
  {
    name: 'redrive: the request to cancel goes',
    why: 'a redriven job is cancelled before it starts, and nobody asked for that',
    edits: [edit(OUTBOX, "  'cancelRequested',\n")],
  },
  {
    name: 'redrive: only the record as it was read',
    why: 'a redrive that comes late starts a later life of the job anew, under a number that was used',
    unnoticed:
      'the job would have to be redriven, executed and dead again within one call of an operator’s. [Tested](../test/client/redrive.test.ts)',
    focus: ['request late', 'response late', 'freeze'],
    edits: [
      edit(OUTBOX, "equals('dispatch', record.dispatch),\n      asRead('expiresAt', record.expiresAt),\n"),
    ],
  },
  {
    name: 'redrive: returns from dead-letter queues count from zero',
    why: 'a redriven job is buried when it comes back once',
    focus: ['receives burnt', 'outage'],
    edits: [edit(OUTBOX, 'attempts: 0, unsettled: 0, hops: 0 }', 'attempts: 0, unsettled: 0 }')],
  },
  {
    name: 'redrive: a deadline that passed goes',
    why: 'a redriven job expires at once',
    edits: [
      edit(
        OUTBOX,
        'const passed = record.deadline !== undefined && record.deadline <= now;',
        'const passed = now < 0;',
      ),
    ],
  },
  {
    name: 'redrive: what the life before left in the record goes',
    why: 'it tells of a holder, a lease and an end that are over',
    edits: [
      edit(
        OUTBOX,
        "  'drop',\n  'holder',\n  'token',\n  'leaseUntil',\n  'startedAt',\n  'worker',\n  'endedAt',\n",
        '',
      ),
    ],
  },
  {
    name: 'cancel: the request is of the put that was read',
    why: 'a record that was put anew is asked to end',
    unnoticed:
      'the record would have to be deleted, put anew and claimed within one call of an operator’s. [Tested](../test/state/writes.test.ts)',
    focus: ['record deleted', 'request late'],
    edits: [
      edit(
        SETTLE,
        "where: [equals('gen', record.gen), equals('dispatch', record.dispatch), asRead('token', record.token)],",
        "where: [asRead('token', record.token)],",
      ),
    ],
  },
];
