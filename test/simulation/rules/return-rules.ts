import { edit, type Rule } from './rule.ts';

const OUTBOX = 'lib/state/outbox.ts';
const ACCEPT = 'lib/client/accept.ts';
const RECORDER = 'lib/lifecycle/recorder.ts';
const SWEEP = 'lib/lifecycle/sweep-decision.ts';

/** How what has lost its message, or may have, comes back: the outbox, the recorder, the sweeper. */
export const RETURN_RULES: readonly Rule[] = [
  {
    name: 'enqueue: a repeated one stores the payload before it marks',
    why: 'the first enqueuer died before it stored it, and the outbox has nothing to send',
    unnoticed:
      'not met in the runs that were tried: the first enqueuer of a key, with a payload of its own, has to die between two calls. [Tested](../test/client/idempotency.test.ts)',
    focus: ['crash after'],
    edits: [
      edit(
        ACCEPT,
        "    if (payload === undefined)\n      await attempt(existing, 'storing its payload', () => deps.table.putPayload(existing, job.json));\n",
        '    void payload;\n',
      ),
    ],
  },
  {
    name: 'enqueue: a repeated one supplies a payload that was never stored',
    why: 'the outbox has given the job up by then, and the second enqueuer is told that all is well',
    jobs: 100,
    edits: [
      edit(ACCEPT, '} else if (await lacksPayload(deps, existing)) {', '} else if (deps === undefined) {'),
    ],
  },
  {
    name: 'redispatch: only the record as it was read',
    why: 'a job that somebody has claimed by now is dispatched again beside its lease',
    focus: ['receives burnt', 'duplicate', 'double send', 'request late', 'response late'],
    edits: [
      edit(
        OUTBOX,
        "      equals('dispatch', record.dispatch),\n      asRead('token', record.token),\n      asRead('leaseUntil', record.leaseUntil),\n      asRead('out', record.out),\n      missing('cancelRequested'),\n",
        "      missing('cancelRequested'),\n",
      ),
    ],
  },
  {
    name: 'recorder: a lease that still runs is waited for',
    why: 'the job is dispatched again while a worker executes it',
    focus: ['receives burnt', 'duplicate', 'console redrive'],
    edits: [
      edit(
        RECORDER,
        'if (!record || !isWaiting(record.status)) return decision.until;',
        'if (!record) return decision.until;',
      ),
    ],
  },
  {
    name: 'recorder: each return waits longer than the one before',
    why: 'an outage of an hour uses up all returns, and the job is dead of it',
    focus: ['outage'],
    edits: [edit(RECORDER, 'now + waitFor(record, { hop: hops, now })', 'now')],
  },
  {
    name: 'recorder: where the record has moved on, it decides again',
    why: 'the last message of the job leaves the dead-letter queue, and nobody decided by what the record says now',
    unnoticed:
      'harmless where what moved it on has a message or the outbox behind it; the worker that was given up would have to hand the job back between the read and the write of one return. [Tested](../test/lifecycle/recorder.test.ts)',
    focus: ['receives burnt', 'request late', 'response lost', 'duplicate'],
    edits: [edit(RECORDER, 'record = result.old;', 'return undefined;')],
  },
  {
    name: 'outbox: a job’s later changes wait for one that failed',
    why: 'what they ask for rests on it: a schedule is deleted, and then made',
    unnoticed:
      'not met in 60 runs: a process would have to make a schedule after the deletion that failed, and follow that alone once more. [Tested](../test/lifecycle/in-order.test.ts)',
    focus: ['throttle', 'request lost'],
    edits: [
      edit(
        'lib/lifecycle/in-order.ts',
        'failed(sequenceOf(record), error);\n          break;',
        'failed(sequenceOf(record), error);',
      ),
    ],
  },
  {
    name: 'leftovers: what a record put anew has beside it stays',
    why: 'the payload of a job that waits is deleted',
    focus: ['record deleted', 'stream late', 'stream replay'],
    edits: [
      edit('lib/lifecycle/leftovers.ts', "(sk.split('#')[1] ?? '~') <= gen", "sk !== STATE && gen !== ''"),
    ],
  },
  {
    name: 'sweeper: it ends the jobs whose deadline passed',
    why: 'a job whose message is lost outlives its deadline by weeks, and is then sent again',
    focus: ['purge', 'schedule dropped'],
    edits: [
      edit(
        SWEEP,
        'if (deadline !== undefined && deadline <= now && !held) {',
        'if (deadline !== undefined && held && !held) {',
      ),
    ],
  },
  {
    name: 'outbox: it sends only what was not asked for before',
    why: 'every change of a waiting record sends its dispatch again',
    unnoticed:
      'harmless: a copy of a message, which its worker acknowledges unexecuted. [Tested](../test/lifecycle/outbox.test.ts)',
    edits: [edit('lib/lifecycle/asked.ts', ' && before?.out !== now.out ? now', ' && before !== now ? now')],
  },
  {
    name: 'redispatch: a job that is dispatched again has no holder',
    why: 'a message of the dispatch before may send it as well',
    unnoticed: 'harmless: a copy of a message. [Tested](../test/lifecycle/recorder.test.ts)',
    edits: [edit(OUTBOX, "remove: ['holder', 'token'],", 'remove: [],')],
  },
  {
    name: 'redispatch: no cancel is requested',
    why: 'a job that is to end is sent again',
    unnoticed: 'harmless: whoever reads its message ends it. [Tested](../test/state/writes.test.ts)',
    focus: ['receives burnt', 'invocation killed'],
    edits: [
      edit(
        OUTBOX,
        "      asRead('out', record.out),\n      missing('cancelRequested'),\n",
        "      asRead('out', record.out),\n",
      ),
    ],
  },
  {
    name: 'mark: only a dispatch that nobody has claimed, and that the outbox does not have',
    why: 'a job that was claimed and handed back is sent once more',
    unnoticed: 'harmless: a copy of a message. [Tested](../test/state/writes.test.ts)',
    focus: ['request lost', 'throttle', 'response lost'],
    edits: [edit(OUTBOX, ", missing('holder'), missing('out')],", '],')],
  },
  {
    name: 'mark: only the put and the dispatch that were read',
    why: 'the outbox is asked for a dispatch that is over',
    unnoticed:
      'harmless: the outbox sends a dispatch only where the record names the same. [Tested](../test/state/writes.test.ts)',
    focus: ['request late', 'record deleted'],
    edits: [
      edit(
        OUTBOX,
        "where: [equals('gen', gen), equals('dispatch', dispatch), missing('holder'), missing('out')],",
        "where: [missing('holder'), missing('out')],",
      ),
    ],
  },
  {
    name: 'recorder: a job comes back so often only',
    why: 'a job whose workers never start goes round for ever',
    unnoticed:
      'not attacked: every fault of a run is over before a job has come back so often in vain. [Tested](../test/lifecycle/recorder.test.ts)',
    focus: ['receives burnt', 'outage'],
    edits: [edit(RECORDER, 'if (hops <= hopLimit) {', 'if (hops > 0) {')],
  },
  {
    name: 'recorder: an early job gets another message',
    why: 'its message lies in the dead-letter queue until it is due',
    unnoticed:
      'harmless: it lies there for half a day at most, and is looked at again. [Tested](../test/lifecycle/recorder.test.ts)',
    focus: ['receives burnt', 'over quota'],
    edits: [edit(RECORDER, 'if (!record || !isWaiting(record.status)) return', 'if (record) return')],
  },
  {
    name: 'recorder: a job with a deadline waits for half of what is left at most',
    why: 'it expires while it waits',
    unnoticed:
      'not checked: to expire at its deadline is what it may do. [Tested](../test/lifecycle/recorder.test.ts)',
    focus: ['receives burnt', 'outage'],
    edits: [
      edit(
        RECORDER,
        'Math.min(hopWait(hop), Math.max(0, Math.floor((deadline - now) / 2)))',
        'deadline && hopWait(hop)',
      ),
    ],
  },
  {
    name: 'payload: it is stored once',
    why: 'a call that comes late puts the first payload in the place of a patched one',
    unnoticed:
      'a store would have to come after the job was enqueued again by its key, had died and was patched: not met in 400 runs. [Tested](../test/state/job-table.test.ts)',
    focus: ['request late'],
    edits: [
      edit(
        'lib/state/job-table.ts',
        "Item: { ...payloadKey(record), ...toItem({ payload }) },\n      ConditionExpression: 'attribute_not_exists(pk)',\n",
        'Item: { ...payloadKey(record), ...toItem({ payload }) },\n',
      ),
    ],
  },
  {
    name: 'outbox: what has no queue is dead',
    why: 'it holds up the stream for a day, and is then forgotten',
    unnoticed:
      'not attacked: every queue of a run is there from its beginning to its end. [Tested](../test/lifecycle/without-queue.test.ts)',
    edits: [edit('lib/lifecycle/without-queue.ts', 'if (!death ||', 'if (cause ||')],
  },
  {
    name: 'enqueue: what certainly cannot be sent is cancelled as it was put',
    why: 'it runs beside the job of the next call',
    unnoticed:
      'not attacked: every client of a run may send to every queue. [Tested](../test/client/not-sent.test.ts)',
    edits: [edit(ACCEPT, 'throw await notSent(deps, record, error);', 'throw error;')],
  },
  {
    name: 'outbox: what has another way holds up the stream for five minutes only',
    why: 'while Scheduler does not answer, nothing behind the change is sent',
    unnoticed:
      'harmless: no outage of a run is as long as the stream keeps a change. [Tested](../test/lifecycle/held-up.test.ts)',
    focus: ['outage', 'throttle'],
    edits: [
      edit(
        'lib/lifecycle/held-up.ts',
        '|| !heldUp.long(change, line.change)) throw error;',
        '|| heldUp) throw error;',
      ),
    ],
  },
];
