import { edit, type Rule } from './rule.ts';

const CLAIM = 'lib/state/claim.ts';
const SETTLE = 'lib/state/settle.ts';
const WRITE = 'lib/state/write.ts';
const WORKER_SETTLE = 'lib/worker/settle.ts';
const BATCH = 'lib/worker/batch.ts';

/** What a worker may do with a message and a lease. */
export const ATTEMPT_RULES: readonly Rule[] = [
  {
    name: 'claim: the message is of the same put',
    why: 'a message of a deleted record claims the record that was put anew, and executes a payload that is not its own',
    focus: ['record deleted', 'ack lost', 'duplicate', 'double send'],
    edits: [edit(CLAIM, "    equals('gen', message.gen),\n    equals('dispatch'", "    equals('dispatch'")],
  },
  {
    name: 'claim: the message is of the current dispatch',
    why: 'a copy of an older message executes the job again',
    edits: [
      edit(CLAIM, "    equals('dispatch', message.dispatch),\n    missing('cancel", "    missing('cancel"),
    ],
  },
  {
    name: 'claim: no cancel is requested',
    why: 'a job is executed after somebody was told that it ends',
    focus: ['crash after', 'invocation killed', 'out of memory'],
    edits: [
      edit(CLAIM, "    missing('cancelRequested'),\n    { any: [missing('dead", "    { any: [missing('dead"),
      edit(CLAIM, "if (record.cancelRequested) return { do: 'cancel', record };"),
    ],
  },
  {
    name: 'claim: the job is due',
    why: 'a job runs before its time',
    edits: [edit(CLAIM, "{ attr: 'runAt', is: '<=', value: now }", "{ attr: 'runAt', is: '>', value: 0 }")],
  },
  {
    name: 'claim: the lease before has lapsed',
    why: 'two workers hold one job',
    edits: [
      edit(CLAIM, "    { attr: 'leaseUntil', is: '<', value: now },\n"),
      edit(CLAIM, 'if (lapsed && leaseUntil >= now) {', 'if (false) {'),
    ],
  },
  {
    name: 'claim: leases may be lost so often only',
    why: 'a job that kills its worker is executed for ever',
    edits: [
      edit(CLAIM, "    { attr: 'unsettled', is: '<', value: lapseLimit },\n"),
      edit(CLAIM, 'if (lapsed && record.unsettled >= lapseLimit)', 'if (false)'),
    ],
  },
  {
    name: 'claim: a lost answer is recognised by its token',
    why: 'an applied claim whose answer was lost is taken for a stranger’s: the lease is lost with nobody at fault',
    focus: ['response lost', 'item lost'],
    edits: [
      edit(
        CLAIM,
        "record.token === token && record.status === 'running'",
        "false && record.status === 'running'",
      ),
    ],
  },
  {
    name: 'claim: it takes the dispatch out of the outbox',
    why: 'a record that is claimed still asks to be sent',
    edits: [
      edit(CLAIM, "    add: { unsettled: 1 },\n    remove: ['out'],", '    add: { unsettled: 1 },'),
      edit(CLAIM, "unsettled: 1 },\n    remove: ['out'],", 'unsettled: 1 },'),
    ],
  },
  {
    name: 'decide: the message sends the next dispatch that it recorded',
    why: 'a worker that dies between recording and sending leaves a job that nothing brings back',
    edits: [
      edit(CLAIM, 'if (next && isWaiting(record.status) && record.holder === message.nonce)', 'if (false)'),
    ],
  },
  {
    name: 'decide: only the message that recorded it',
    why: 'every copy of an older message sends the next dispatch again',
    edits: [edit(CLAIM, ' && record.holder === message.nonce) return { do: ', ') return { do: ')],
  },
  {
    name: 'decide: the message of a live lease stays',
    why: 'the worker dies, and the only message of the job is gone',
    edits: [edit(CLAIM, 'if (record.holder !== message.nonce)', 'if (true)')],
  },
  {
    name: 'decide: a cancel that was requested ends a job without a worker',
    why: 'the job can neither be claimed nor end',
    edits: [edit(CLAIM, "if (record.cancelRequested) return { do: 'cancel', record };")],
  },
  {
    name: 'execute: a lapsed job runs alone',
    why: 'a poison job takes its neighbours along again and again',
    focus: ['out of memory'],
    edits: [
      edit(CLAIM, "isTime(claim),\n      equals('unsettled', 0),\n", 'isTime(claim),\n'),
      edit(
        'lib/worker/claim.ts',
        "if (decision.do === 'claim') return 'alone';",
        "if (decision.do === 'claim') return claimAlone(deps, candidate);",
      ),
    ],
  },
  {
    name: 'execute: the lease still fits when the handler begins',
    why: 'a process that stood still executes under a lease that is somebody else’s by then',
    focus: ['freeze', 'response late', 'request late'],
    edits: [
      edit(
        BATCH,
        'if (job.lease.until - now < timeout || this.#endsAt - now < timeout) return this.#release(job);',
      ),
    ],
  },
  {
    name: 'execute: the deadline is ahead when the handler begins',
    why: 'a claim that took long starts a job that nobody wants any more',
    focus: ['freeze', 'response late', 'request late'],
    edits: [
      edit(
        BATCH,
        "if (deadline !== undefined && deadline <= now) return this.#release(job, 'the deadline passed');",
      ),
    ],
  },
  {
    name: 'start: the deadline is ahead',
    why: 'a job starts that nobody wants any more',
    edits: [
      edit(CLAIM, "    { any: [missing('deadline'), { attr: 'deadline', is: '>', value: now }] },\n"),
      edit(
        BATCH,
        "if (deadline !== undefined && deadline <= now) return this.#release(job, 'the deadline passed');",
      ),
    ],
  },
  {
    name: 'execute: an attempt that ran out of time is a failed one',
    why: 'a job whose handler ignored its signal once is dead, with attempts left',
    focus: ['signal ignored'],
    edits: [
      edit(
        'lib/worker/execute.ts',
        'outcome: readThrown(raced.thrown, clock.now()), stuck }',
        "outcome: stuck ? { kind: 'fail', error: raced.thrown } : readThrown(raced.thrown, clock.now()), stuck }",
      ),
    ],
  },
  {
    name: 'execute: copies of a job in one batch are claimed one after the other',
    why: 'DynamoDB refuses the whole claim of a batch that names a job twice',
    unnoticed:
      'harmless: a claim that was refused as a whole is made once more for each job by itself, and of two copies one gets it. [Tested](../test/worker/batch.test.ts)',
    focus: ['duplicate', 'double send'],
    edits: [
      edit(
        BATCH,
        'return { first: [...first.values()], later };',
        'return { first: [...candidates], later: [] };',
      ),
    ],
  },
  {
    name: 'execute: a process with a handler that ignored its signal ends',
    why: 'the handler goes on in a later invocation, beside whoever executes its job again',
    focus: ['signal ignored'],
    edits: [edit(BATCH, 'this.#deps.exit(1);')],
  },
  {
    name: 'heartbeat: every beat looks at the lease',
    why: 'the handler of a job that is to be cancelled, or that another has, hears nothing of it',
    edits: [edit('lib/worker/attempt.ts', 'this.#heed(await lease.look());', 'await lease.look();')],
  },
  {
    name: 'settle: no retry that cannot start before the deadline',
    why: 'a job that has failed for good says that it is going to be tried again',
    edits: [edit('lib/worker/next-attempt.ts', 'if (runAt < deadline) return', 'if (now < deadline) return')],
  },
  {
    name: 'settle: an ended job is no longer watched',
    why: 'the sweeper reads it at every run, for as long as its record is kept',
    edits: [edit(SETTLE, 'result: ending.result },\n    remove: [UNWATCHED],', 'result: ending.result },')],
  },
  {
    name: 'release: what was not executed leaves nothing unsettled',
    why: 'a job that is handed back counts as lost, and is buried in the end',
    edits: [
      edit(
        SETTLE,
        "set: { unsettled: job.unsettled - 1 },\n    remove: ['token',",
        "set: {},\n    remove: ['token',",
      ),
    ],
  },
  {
    name: 'settle: only with the token that claimed last',
    why: 'a worker that was given up writes its outcome over its successor’s',
    edits: [
      edit(
        SETTLE,
        "return [equals('gen', message.gen), equals('token', token)];",
        "return [equals('gen', message.gen)];",
      ),
    ],
  },
  {
    name: 'settle: no retry or snooze once a cancel is requested',
    why: 'a cancelled job goes on',
    edits: [
      edit(
        SETTLE,
        "error: { ...next.error }, parts: 1 },\n    remove,\n    where: [...held(job), missing('cancelRequested')],",
        'error: { ...next.error }, parts: 1 },\n    remove,\n    where: held(job),',
      ),
      edit(
        SETTLE,
        "unsettled: job.unsettled - 1, ...set },\n    remove,\n    where: [...held(job), missing('cancelRequested')],",
        'unsettled: job.unsettled - 1, ...set },\n    remove,\n    where: held(job),',
      ),
    ],
  },
  {
    name: 'settle: an outcome settles its claim',
    why: 'settled executions count as lost ones, and the job is buried',
    edits: [
      edit(
        SETTLE,
        'return { attempts: attempts + 1, unsettled: unsettled - 1 };',
        'return { attempts: attempts + 1 };',
      ),
    ],
  },
  {
    name: 'settle: an executed attempt counts',
    why: 'a job that always fails is tried for ever',
    edits: [edit(SETTLE, 'attempts: attempts + 1, unsettled', 'attempts, unsettled')],
  },
  {
    name: 'settle: a message whose worker was fenced out stays',
    why: 'the message goes while another worker may still die with the job',
    unnoticed:
      'not met in 300 runs: the worker that took the lease over has to die as well, its own copy of the message gone. [Tested](../test/worker/lease.test.ts)',
    focus: ['freeze', 'invocation abandoned', 'signal ignored'],
    edits: [
      edit(
        WORKER_SETTLE,
        "return { do: 'leave', why: 'another worker has taken the lease over', until };",
        "return { do: 'ack', why: String(until) };",
      ),
    ],
  },
  {
    name: 'settle: a message stays until the next dispatch is sent',
    why: 'a send that failed is never made up for',
    focus: ['request lost', 'throttle'],
    edits: [
      edit(
        WORKER_SETTLE,
        "return { do: 'leave', why: 'the next dispatch could not be sent', until: deps.clock.now() };",
        "return { do: 'ack', why: 'lost' };",
      ),
    ],
  },
  {
    name: 'write: every transition insists on the state before',
    why: 'an ended job is ended again, a waiting one settled',
    edits: [
      edit(
        WRITE,
        'where: { all: [inStates(from as readonly Status[]), ...options.where] },',
        'where: { all: [...options.where] },',
      ),
    ],
  },
  {
    name: 'batch: an item that failed is not written',
    why: 'a job is executed that was never claimed',
    edits: [
      edit(
        'lib/state/job-table.ts',
        "? 'failed'\n            : 'unknown';",
        "? 'failed'\n            : 'written';",
      ),
    ],
  },
  {
    name: 'batch: what is left is reported',
    why: 'Lambda deletes what is not reported as failed',
    edits: [
      edit(
        BATCH,
        '    this.#fail(source);\n    try {\n      await this.#deps.visibility',
        '    try {\n      await this.#deps.visibility',
      ),
    ],
  },
];
