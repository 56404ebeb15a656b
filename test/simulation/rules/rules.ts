import type { Edit, Rule } from './rule.ts';

const CLAIM = 'lib/state/claim.ts';
const SETTLE = 'lib/state/settle.ts';
const WRITE = 'lib/state/write.ts';
const OUTBOX = 'lib/state/outbox.ts';
const WORKER_SETTLE = 'lib/worker/settle.ts';
const BATCH = 'lib/worker/batch.ts';

function edit(file: string, find: string, replace = ''): Edit {
  return { file, find, replace };
}

/** Each with the simulator's evidence in docs/guarantees-rules.md. */
export const RULES: readonly Rule[] = [
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
    ],
  },
  {
    name: 'claim: the job is due',
    why: 'a job runs before its time',
    edits: [
      edit(CLAIM, "WAITING },\n      { attr: 'runAt', is: '<=', value: claim.now },\n", 'WAITING },\n'),
      edit(CLAIM, "(claim),\n      { attr: 'runAt', is: '<=', value: claim.now },\n", '(claim),\n'),
    ],
  },
  {
    name: 'claim: the lease before has lapsed',
    why: 'two workers hold one job',
    edits: [edit(CLAIM, "      { attr: 'leaseUntil', is: '<', value: claim.now },\n")],
  },
  {
    name: 'claim: leases may be lost so often only',
    why: 'a job that kills its worker is executed for ever',
    edits: [
      edit(CLAIM, "      { attr: 'unsettled', is: '<', value: claim.lapseLimit },\n"),
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
    edits: [
      edit(CLAIM, "value: claim.now },\n      equals('unsettled', 0),\n", 'value: claim.now },\n'),
      edit(
        'lib/worker/claim.ts',
        "if (decision.do === 'claim') return 'alone';",
        "if (decision.do === 'claim') return claimOne(deps, candidate, claim, claimWrite(claim));",
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
    name: 'enqueue: a job with a deadline is watched',
    why: 'one whose message is lost, or whose queue is paused, does not expire',
    edits: [edit('lib/client/prepare.ts', '    ...watchedUntil(id, deadline),\n')],
  },
  {
    name: 'release: what was not executed leaves nothing unsettled',
    why: 'a job that is handed back counts as lost, and is buried in the end',
    edits: [
      edit(
        SETTLE,
        "set: { unsettled: job.unsettled - 1 },\n    remove: ['token']",
        "set: {},\n    remove: ['token']",
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
  {
    name: 'enqueue: a record is put where there is none',
    why: 'a repeated enqueue puts over the job that is there',
    edits: [
      edit(
        'lib/state/job-table.ts',
        "ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',",
        "ConditionExpression: 'pk <> :now',",
      ),
    ],
  },
  {
    name: 'enqueue: a put whose answer was lost knows its own record',
    why: 'an accepted job is reported as another’s',
    edits: [edit('lib/state/job-table.ts', 'existing.gen === record.gen ? { created: true } : ', '')],
  },
  {
    name: 'enqueue: one key stands for one payload',
    why: 'a caller is told that its payload was accepted, and another one is executed',
    edits: [edit('lib/client/accept.ts', 'existing.payloadHash !== payloadHash', 'false')],
  },
  {
    name: 'enqueue: a send that failed goes to the outbox',
    why: 'a job that was accepted has no message',
    focus: ['request lost', 'throttle'],
    edits: [
      edit('lib/client/accept.ts', '    await sendFailed(deps, record, error);\n  }', '    void error;\n  }'),
    ],
  },
  {
    name: 'enqueue: a repeated one marks what may be unsent',
    why: 'the first enqueuer died before its send, and the second is told that all is well',
    edits: [edit('lib/client/accept.ts', 'if (maybeUnsent(existing)) {', 'if (false as boolean) {')],
  },
  {
    name: 'outbox: only a dispatch that was not asked for before',
    why: 'every later change of the record sends it again',
    edits: [
      edit(
        'lib/lifecycle/asked.ts',
        'now.out === now.dispatch && before?.out !== now.out ?',
        'now.out === now.dispatch && before?.out !== -1 ?',
      ),
    ],
  },
  {
    name: 'far: the outbox has what no message brings',
    why: 'a retry or a snooze far away is recorded, and nobody sends it',
    edits: [
      edit(
        'lib/state/next-dispatch.ts',
        'set: { dispatch, runAt, out: dispatch }',
        'set: { dispatch, runAt }',
      ),
    ],
  },
  {
    name: 'far: a payload of its own is stored before the outbox has the job',
    why: 'the lifecycle function looks for a payload that is not there yet, and gives up',
    edits: [
      edit(
        'lib/client/prepare.ts',
        'return { record: { ...record, parts: 1 }, payload',
        'return { record: { ...record, parts: 1, ...(far && { out: 0 }) }, payload',
      ),
    ],
  },
  {
    name: 'far: what no schedule takes goes by SQS',
    why: 'Scheduler is throttled or over its quota, and the job is never sent',
    focus: ['over quota', 'throttle'],
    edits: [
      edit(
        'lib/lifecycle/outbox.ts',
        "to try again', line);\n    return false;",
        "to try again', line);\n    return true;",
      ),
    ],
  },
  {
    name: 'far: what Scheduler could not send is read by the recorder',
    why: 'the message is filed as unreadable, and its job forgotten',
    focus: ['schedule unsent'],
    edits: [
      edit('lib/lifecycle/create-recorder.ts', 'unsentMessage(source.body) ?? source.body', 'source.body'),
    ],
  },
  {
    name: 'far: what is taken back has its schedule deleted',
    why: 'the message of a cancelled job, with its payload, stands for years and comes all the same',
    edits: [edit('lib/lifecycle/create-lifecycle.ts', 'if (dropped) await dropDispatch(outbox, dropped);')],
  },
  {
    name: 'far: a job’s changes are followed in their order',
    why: 'a schedule is deleted before it is made',
    edits: [
      edit(
        'lib/lifecycle/in-order.ts',
        "(Keys ?? NewImage ?? OldImage)?.['pk']?.S ?? sequenceOf(record)",
        'sequenceOf(record)',
      ),
    ],
  },
  {
    name: 'outbox: the dispatch before has no holder any more',
    why: 'the message that lapsed finds itself the holder and sends the next dispatch too',
    focus: ['stream late', 'invocation killed', 'crash after', 'receives burnt'],
    edits: [edit(OUTBOX, "remove: ['holder', 'token'],", 'remove: [],')],
  },
  {
    name: 'redrive: attempts count from zero',
    why: 'a redriven job dies with attempts left',
    edits: [edit(OUTBOX, 'runAt: now, attempts: 0, unsettled: 0', 'runAt: now, unsettled: 0')],
  },
  {
    name: 'redrive: the job no longer expires',
    why: 'TTL deletes a live job',
    edits: [edit(OUTBOX, "  'expiresAt',\n  'cancel", "  'cancel")],
  },
  {
    name: 'redrive: a dispatch of its own',
    why: 'messages of the life before execute the job again',
    edits: [
      edit(
        OUTBOX,
        '  const dispatch = record.dispatch + 1;\n  const passed',
        '  const dispatch = record.dispatch;\n  const passed',
      ),
    ],
  },
  {
    name: 'recorder: a job comes back from the dead-letter queue',
    why: 'a job dies of receives that nobody saw',
    edits: [edit('lib/lifecycle/recorder.ts', 'if (hops <= hopLimit) {', 'if (hops <= 0) {')],
  },
  {
    name: 'recorder: nothing leaves a dead-letter queue unfiled',
    why: 'a message that nobody could read is gone',
    edits: [
      edit(
        'lib/lifecycle/create-recorder.ts',
        'for (const item of items) await deps.table.put(item);',
        'void items;',
      ),
    ],
  },
  {
    name: 'sweeper: what may have a message is left alone',
    why: 'a backlog is sent again',
    edits: [edit('lib/lifecycle/sweep-decision.ts', 'if (!quiet) return NOTHING;')],
  },
  {
    name: 'sweeper: it runs',
    why: 'a job whose messages were purged never ends',
    edits: [edit('lib/lifecycle/mend.ts', "if (decision.do === 'nothing') return false;", 'return false;')],
  },
];
