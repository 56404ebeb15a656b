import { edit, type Rule } from './rule.ts';

const CLAIM = 'lib/state/claim.ts';
const SETTLE = 'lib/state/settle.ts';
const CARRY_OUT = 'lib/worker/carry-out.ts';
const BATCH = 'lib/worker/batch.ts';

const DEFER =
  "where: [equals('gen', record.gen), equals('dispatch', record.dispatch), missing('cancelRequested')],";

/** What becomes of a message whose job is not executed. */
export const WAIT_RULES: readonly Rule[] = [
  {
    name: 'decide: an ended job needs no message',
    why: 'its messages come back for ever, and the next write about it is one that no table of transitions has',
    edits: [edit(CLAIM, 'if (isEnded(record.status)) return {', 'if (message === undefined) return {')],
  },
  {
    name: 'decide: a message of an earlier put is nobody’s',
    why: 'a message of a deleted record has the record that was put anew dispatched, cancelled or buried',
    unnoticed:
      'harmless to the job that was put anew: the claim insists on its put, and another message for it is a copy. [Tested](../test/worker/decisions.test.ts)',
    focus: ['record deleted', 'ack lost', 'duplicate', 'double send'],
    edits: [
      edit(
        CLAIM,
        "  if (record.gen !== message.gen) return { do: 'ack', why: 'the message is of an earlier record of this id' };\n",
      ),
    ],
  },
  {
    name: 'decide: an early message is left',
    why: 'it goes, and nothing else brings the job',
    focus: ['schedule early', 'skew'],
    edits: [
      edit(
        CLAIM,
        "return { do: 'leave', until: record.runAt, why: 'the job is not due yet' };",
        "return { do: 'ack', why: 'early' };",
      ),
    ],
  },
  {
    name: 'decide: a message that is far too early is deferred',
    why: 'it comes back twice a day until it is a dead letter of receives that nobody saw',
    unnoticed:
      'harmless: the recorder brings its job back, and that puts it on a schedule again. [Tested](../test/worker/decisions.test.ts)',
    focus: ['over quota'],
    edits: [edit(CLAIM, "if (record.runAt - now > LIMITS.sqsDelay) return { do: 'defer', record };")],
  },
  {
    name: 'decide: a waiting job whose deadline passed expires',
    why: 'it can neither be claimed nor end',
    edits: [edit(CLAIM, ": { do: 'expire', record };", ": { do: 'claim' };")],
  },
  {
    name: 'decide: a job whose lease lapsed past its deadline is dead',
    why: 'it can neither be claimed nor end',
    unnoticed:
      'harmless: its message goes round until the job is dead of its returns, or the sweeper ends it. [Tested](../test/worker/decisions.test.ts)',
    focus: ['invocation killed', 'out of memory', 'crash after'],
    edits: [
      edit(
        CLAIM,
        "? { do: 'bury', record, why: 'the lease lapsed past the deadline' }",
        "? { do: 'claim' as const }",
      ),
    ],
  },
  {
    name: 'defer: only the dispatch that was read',
    why: 'two copies of a message both defer, and the number that one of them sends falls behind the record’s',
    focus: ['old build', 'duplicate', 'double send', 'request late'],
    edits: [edit(SETTLE, DEFER, "where: [equals('gen', record.gen), missing('cancelRequested')],")],
  },
  {
    name: 'defer: the message that asked holds the record',
    why: 'its worker dies before it has sent the next dispatch, and the message that comes back knows nothing of it',
    focus: ['old build', 'crash after', 'request lost', 'throttle'],
    edits: [edit(SETTLE, 'set: { ...set, holder: nonce }', 'set')],
  },
  {
    name: 'defer: where the record has moved on, the message comes back',
    why: 'it goes, although nobody decided by what the record says now',
    focus: ['old build', 'request late', 'response lost'],
    edits: [
      edit(
        CARRY_OUT,
        "if (!(await written).ok)\n    return { do: 'leave', until: deps.clock.now(), why: 'the record changed meanwhile' };",
        "if (!(await written).ok) return { do: 'ack', why: 'lost' };",
      ),
    ],
  },
  {
    name: 'end: where the record has moved on, the message comes back',
    why: 'it goes, although nobody decided by what the record says now',
    unnoticed:
      'the worker that was given up would have to hand the job back, or prolong its lease, between the read and the write of its end. [Tested](../test/worker/decisions.test.ts)',
    focus: ['request late', 'response lost', 'crash after', 'invocation killed'],
    edits: [
      edit(
        CARRY_OUT,
        "if (!result.ok) return { do: 'leave', until: deps.clock.now(), why: 'the record changed meanwhile' };",
        "if (!result.ok) return { do: 'ack', why: 'lost' };",
      ),
    ],
  },
  {
    name: 'claim: a lapsed lease is taken over on record',
    why: 'nobody can tell who had the job before',
    focus: ['invocation killed', 'out of memory', 'crash after'],
    edits: [
      edit(
        'lib/worker/claim.ts',
        'await deps.table.updateWith(\n    explain(write, record, { ...explanation(deps, why), at: claim.now }),\n  );',
        'await deps.table.update(write);',
      ),
    ],
  },
  {
    name: 'claim: a lapsed lease is taken over as it was read',
    why: 'the worker counts attempts and lapses from what stood there before somebody else had the job',
    unnoticed:
      'somebody else would have to take the lease, and lose it, between the read and the write of one claim. [Tested](../test/worker/lease.test.ts)',
    focus: ['double send', 'duplicate', 'request late', 'out of memory', 'invocation killed'],
    edits: [edit(CLAIM, "    asRead('token', token),\n    equals('unsettled', unsettled),\n")],
  },
  {
    name: 'starved: a job whose message came in vain gets another',
    why: 'its message becomes a dead letter, although nothing is wrong with it',
    unnoticed:
      'not attacked: the batches of the runs are short, and none of them lacks the time for a message four times. [Tested](../test/worker/starved.test.ts)',
    edits: [edit(BATCH, 'if (isStarved(source) && !this.#ending) return handOver(this.#deps, delivery);')],
  },
  {
    name: 'starved: a job whose message came in vain goes first',
    why: 'in a busy pool it comes in vain again',
    unnoticed:
      'harmless where batches are short: it waits a little longer. [Tested](../test/worker/starved.test.ts)',
    edits: [edit(BATCH, '.filter(({ delivery }) => isStarved(delivery.source))', '.filter(() => false)')],
  },
  {
    name: 'starved: a process that is about to end hands nothing over',
    why: 'every message that it leaves is sent twice',
    unnoticed:
      'not attacked: the batches of the runs are short, and none of them lacks the time for a message four times. [Tested](../test/worker/deadline.test.ts)',
    focus: ['signal ignored'],
    edits: [edit(BATCH, 'isStarved(source) && !this.#ending', 'isStarved(source)')],
  },
  {
    name: 'fit: what the invocation has no time for is not claimed',
    why: 'Lambda ends the invocation while its handler runs, and the lease is lost with nobody at fault',
    unnoticed:
      'harmless: the look at the clock after the claim has it handed back, a write later. [Tested](../test/worker/deadline.test.ts)',
    edits: [
      edit(
        BATCH,
        'if (left >= type.timeout + settings.settleReserve) return true;',
        'if (left >= 0) return true;',
      ),
    ],
  },
  {
    name: 'unknown: what this build does not know is dispatched again later',
    why: 'its message becomes a dead letter before the deploy is through',
    focus: ['old build'],
    edits: [
      edit(
        'lib/worker/unfit.ts',
        'return postponeOrEnd(deps, delivery, { record, misfit });',
        "return { do: 'leave', until: now, why: 'unknown' };",
      ),
    ],
  },
  {
    name: 'defer: the record is of the same put',
    why: 'a message of a deleted record defers the job that was put anew',
    unnoticed:
      'the record would have to be deleted and put anew between the read and the write of one decision; the read has compared the put already. [Tested](../test/state/writes.test.ts)',
    focus: ['record deleted'],
    edits: [edit(SETTLE, DEFER, "where: [equals('dispatch', record.dispatch), missing('cancelRequested')],")],
  },
  {
    name: 'defer: no cancel is requested',
    why: 'a job that is to end is sent again',
    unnoticed:
      'harmless: the message that is sent ends the job, a little later. [Tested](../test/state/writes.test.ts)',
    edits: [edit(SETTLE, DEFER, "where: [equals('gen', record.gen), equals('dispatch', record.dispatch)],")],
  },
  {
    name: 'defer: token and mark of the outbox go',
    why: 'the record says of a dispatch that is over that somebody has it',
    unnoticed:
      'harmless: a token of a waiting job opens nothing, and the outbox sends only the dispatch that it names. [Tested](../test/state/writes.test.ts)',
    focus: ['old build', 'over quota'],
    edits: [edit(SETTLE, "remove: ['token', 'out'] }),", 'remove: [] }),')],
  },
  {
    name: 'decide: a copy beside another’s live lease goes',
    why: 'it stays, and comes back when the lease ends',
    unnoticed:
      'harmless: a message too many stays for as long as a lease lasts. [Tested](../test/worker/decisions.test.ts)',
    focus: ['duplicate', 'double send'],
    edits: [
      edit(
        CLAIM,
        'if (record.holder !== message.nonce)\n      return {',
        'if (!record.holder)\n      return {',
      ),
    ],
  },
  {
    name: 'decide: a message ahead of its record is left, with an alarm',
    why: 'the only message of a job whose record was restored to an earlier time goes',
    unnoticed:
      'only a restored table is behind its messages, and what was written since is void there: the runs check that the system comes to rest. [Decisions](../test/worker/decisions.test.ts) and [dead letters](../test/lifecycle/recorder.test.ts) have tests of it',
    focus: ['table restored'],
    edits: [
      edit(
        CLAIM,
        "do: 'leave',\n      until: now + LIMITS.sqsDelay,",
        "do: 'ack',\n      until: now + LIMITS.sqsDelay,",
      ),
    ],
  },
  {
    name: 'unknown: whom no build came to know for two weeks is dead',
    why: 'its message goes round for ever',
    unnoticed:
      'not attacked: no run leaves an old build in place for longer than two hours. [Tested](../test/worker/unfit.test.ts)',
    focus: ['old build'],
    edits: [
      edit(
        'lib/worker/unfit.ts',
        'if (now - since >= DEFAULTS.unknownTypeLimit) return end(deps, delivery, record, death);',
      ),
    ],
  },
];
