import { edit, type Rule } from './rule.ts';

const SETTLE = 'lib/state/settle.ts';
const WORKER_SETTLE = 'lib/worker/settle.ts';
const JOB_TABLE = 'lib/state/job-table.ts';

/** What the holder of a lease may write, and what it makes of the answer. */
export const SETTLE_RULES: readonly Rule[] = [
  {
    name: 'settle: only what it wrote itself is taken for written',
    why: 'a worker that was fenced out sends a dispatch that stands in no record, and its message goes',
    focus: ['freeze', 'invocation abandoned', 'signal ignored'],
    edits: [
      edit(
        WORKER_SETTLE,
        'if (!old || old.gen !== delivery.envelope.gen || old.status !== status) return false;',
        'if (old) return true;',
      ),
    ],
  },
  {
    name: 'settle: a job of which a cancel was requested is cancelled',
    why: 'its worker can write nothing, and the attempt that it executed counts nowhere',
    edits: [edit(WORKER_SETTLE, 'if (mine && old.cancelRequested) {', 'if (mine && !old) {')],
  },
  {
    name: 'settle: it is tried for as long as the lease lasts',
    why: 'a throttled table has executed jobs executed again',
    unnoticed:
      'not checked: one settle that fails is three calls that a fault struck, and a worker that met as many may lose its lease. [Tested](../test/worker/faults.test.ts)',
    focus: ['throttle', 'request lost', 'transaction conflict'],
    edits: [
      edit(
        'lib/worker/persist.ts',
        'if (hopeless || clock.now() + wait >= until()) throw error;',
        'if (wait > 0) throw error;',
      ),
    ],
  },
  {
    name: 'release: only by the holder of the lease',
    why: 'a worker that was given up takes the lease from its successor',
    focus: ['freeze', 'response late', 'wild skew', 'duplicate', 'out of memory'],
    edits: [
      edit(
        SETTLE,
        "'worker', 'unknownSince'],\n    where: held(job),",
        "'worker', 'unknownSince'],\n    where: [equals('gen', job.message.gen)],",
      ),
    ],
  },
  {
    name: 'heartbeat: only the holder prolongs its lease',
    why: 'a worker that was given up is told that it has the job still',
    focus: ['freeze', 'invocation abandoned', 'out of memory', 'double send'],
    edits: [
      edit(
        SETTLE,
        "where: [...held(job), missing('cancelRequested'), {",
        "where: [equals('gen', job.message.gen), missing('cancelRequested'), {",
      ),
    ],
  },
  {
    name: 'write: a conflict with another transaction is tried again',
    why: 'two writes of one moment fail, and neither was wrong',
    unnoticed:
      'harmless: a message, the stream or the caller stands behind whatever fails, and tries again. [Tested](../test/state/job-table.test.ts)',
    focus: ['transaction conflict'],
    edits: [edit(JOB_TABLE, 'const TRIES = 3;', 'const TRIES = 1;')],
  },
  {
    name: 'settle: an answer that was lost is known by what was written',
    why: 'a settled attempt is taken for one that was fenced out',
    unnoticed:
      'harmless: the job has ended, or its message stays, finds the record one dispatch ahead and itself its holder; the log and its metrics miss the outcome. [Tested](../test/worker/faults.test.ts)',
    focus: ['response lost'],
    edits: [edit(WORKER_SETTLE, ' || wroteIt(result.old, job, settlement))', ')')],
  },
  {
    name: 'settle: a failure of the signal is not the end of a cancelled job',
    why: 'a job that was cancelled is dead, of its signal',
    edits: [
      edit(
        SETTLE,
        "where: ending.unlessCancelled ? [...held(job), missing('cancelRequested')] : held(job),",
        'where: held(job),',
      ),
    ],
  },
  {
    name: 'release: it leaves no trace of a start',
    why: 'the record names a worker and a start of nothing',
    focus: ['response late', 'request late', 'freeze'],
    edits: [edit(SETTLE, "remove: ['token', 'startedAt', 'worker', 'unknownSince'],", "remove: ['token'],")],
  },
  {
    name: 'heartbeat: a lease only becomes longer',
    why: 'a beat that comes late, or twice, shortens it',
    unnoticed:
      'not met in 300 runs: a heartbeat would have to be applied after one that was asked for later. [Tested](../test/worker/heartbeat.test.ts)',
    focus: ['request late', 'response late'],
    edits: [edit(SETTLE, ", { attr: 'leaseUntil', is: '<', value: leaseUntil }],", '],')],
  },
  {
    name: 'heartbeat: not once a cancel is requested',
    why: 'a job that is to end goes on for another timeout',
    edits: [edit(SETTLE, "[...held(job), missing('cancelRequested'), { attr", '[...held(job), { attr')],
  },
  {
    name: 'heartbeat: the message stays away for as long as the lease',
    why: 'it comes back to find a lease that runs',
    unnoticed: 'harmless: it is left until the lease ends. [Tested](../test/worker/heartbeat.test.ts)',
    edits: [edit('lib/worker/lease.ts', 'await visibility.leave(source, asked);', 'void visibility;')],
  },
];
