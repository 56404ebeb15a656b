import { edit, type Rule } from './rule.ts';

const ACCEPT_TICK = 'lib/state/schedules/accept-tick.ts';
const RELEASE_NEXT = 'lib/state/schedules/release-next.ts';
const PROGRESS = 'lib/state/schedules/progress.ts';

/** What becomes of the ticks of recurring schedules, and of the jobs that wait for each other. */
export const TICK_RULES: readonly Rule[] = (
  [
    {
      name: 'tick: its job is put where there is none',
      why: 'a tick that comes again makes its job again',
      focus: ['schedule fired twice', 'duplicate', 'ack lost'],
      edits: [
        edit(
          'lib/state/schedules/tick-record.ts',
          "ConditionExpression: 'attribute_not_exists(pk)',",
          "ConditionExpression: 'attribute_not_exists(pk) OR attribute_exists(pk)',",
        ),
      ],
    },
    {
      name: 'tick: its job is born in the outbox',
      why: 'nobody sends it',
      edits: [
        edit(
          'lib/state/schedules/tick-record.ts',
          "status === 'queued' ? { out: 0 }",
          "status === 'queued' ? {}",
        ),
      ],
    },
    {
      name: 'tick: nobody else decided since',
      why: 'two workers decide by the same state of a schedule, and both let a job go',
      focus: ['double send', 'duplicate', 'schedule late', 'request late'],
      edits: [
        edit(
          PROGRESS,
          "'attribute_not_exists(#turn)' : '#turn = :before'",
          "'attribute_not_exists(#turn) OR attribute_exists(#turn)' : '#turn = :before OR #turn <> :before'",
        ),
      ],
    },
    {
      name: 'tick: one whose job before has not ended waits, or is skipped',
      why: 'two jobs of a schedule run at once',
      edits: [
        edit(
          ACCEPT_TICK,
          'last !== undefined && !isEnded(last.status)',
          'last !== undefined && last.status === id',
        ),
      ],
    },
    {
      name: 'tick: the jobs that wait go first',
      why: 'a later job of the schedule overtakes them',
      unnoticed:
        'harmless: jobs keep apart all the same, and no order of them is promised. [Tested](../test/worker/tick-overlap.test.ts)',
      focus: ['stream late', 'schedule late'],
      edits: [edit(ACCEPT_TICK, 'if (!busy && before.waiting === 0) {', 'if (!busy) {')],
    },
    {
      name: 'tick: one that could not be decided comes again',
      why: 'it is acknowledged, and makes no job',
      focus: ['throttle', 'request lost', 'outage'],
      edits: [
        edit(
          'lib/worker/batch.ts',
          "      this.#fail(source);\n      this.#deps.logger.error('tick left",
          "      this.#deps.logger.error('tick left",
        ),
      ],
    },
    {
      name: 'tick: the recorder makes the job of one that Scheduler could not send',
      why: 'it makes no job',
      focus: ['schedule unsent'],
      edits: [
        edit(
          'lib/lifecycle/create-recorder.ts',
          'if (!tick) return await recordDeadLetter(deps, readEnvelope(body));\n',
          'if (!tick) return await recordDeadLetter(deps, readEnvelope(body));\n    if (tick) return undefined;\n',
        ),
      ],
    },
    {
      name: 'turn: the end of a job lets the next one go',
      why: 'the jobs that wait, wait for ever',
      edits: [
        edit('lib/lifecycle/create-lifecycle.ts', 'if (ended) await takeTurn(turns, ended, clock.now());'),
      ],
    },
    {
      name: 'turn: only once the job before has ended',
      why: 'a change that is followed twice lets two jobs go',
      focus: ['stream replay', 'stream late', 'throttle'],
      edits: [
        edit(RELEASE_NEXT, 'if (current && !isEnded(current.status)) {', 'if (current && !current.status) {'),
      ],
    },
    {
      name: 'turn: a job that ended while it waited is passed over',
      why: 'nothing behind it ever goes',
      edits: [edit(RELEASE_NEXT, "if (next?.status !== 'blocked') {", 'if (!next) {')],
    },
    {
      name: 'turn: the sweeper asks for one that was lost',
      why: 'the stream lost the end of a job, and those that wait for it wait for ever',
      focus: ['stream lost'],
      edits: [edit('lib/lifecycle/sweeper.ts', ': await askAgain(deps, item);', ': item === undefined;')],
    },
    {
      name: 'turn: a tick that finds a schedule standing still asks for it',
      why: 'the jobs that wait go when the sweeper comes, a day later',
      unnoticed: 'harmless: the sweeper asks. [Tested](../test/worker/tick-overlap.test.ts)',
      focus: ['stream lost', 'stream late'],
      edits: [
        edit(
          ACCEPT_TICK,
          'const stalled = busy ? undefined : { out: before.turn + 1 };',
          'const stalled = busy ? undefined : {};',
        ),
      ],
    },
    {
      name: 'tick: one that was skipped stays skipped',
      why: 'a copy of it makes a job, once the job before has ended',
      focus: ['schedule fired twice', 'duplicate'],
      edits: [
        edit(
          ACCEPT_TICK,
          "  if (asked === undefined && wasSkipped(before, tick.at)) return { drop: 'overlap' };\n",
        ),
      ],
    },
    {
      name: 'tick: the job that was let go last is known',
      why: 'a copy of its tick is decided about once more',
      unnoticed:
        'harmless while the record of its job stands: its record is put where there is none. [Tested](../test/worker/tick-overlap.test.ts)',
      focus: ['schedule fired twice', 'duplicate', 'response lost'],
      edits: [edit(ACCEPT_TICK, "  if (before.current === id) return { drop: 'duplicate' };\n")],
    },
    {
      name: 'tick: what comes after its maximum age makes no job',
      why: 'a schedule of long ago makes jobs',
      unnoticed: 'not attacked: no tick of a run is two weeks late. [Tested](../test/worker/ticks.test.ts)',
      focus: ['schedule late'],
      edits: [edit(ACCEPT_TICK, "    if (now - tick.at > tick.maxAge) return drop('late');\n")],
    },
    {
      name: 'tick: what is paused or deleted makes no job',
      why: 'a schedule goes on that somebody has stopped',
      unnoticed:
        'not attacked: nobody pauses or deletes a schedule in a run. [Tested](../test/lifecycle/schedules.test.ts)',
      edits: [edit(ACCEPT_TICK, '    if (refusal) return drop(refusal);\n')],
    },
    {
      name: 'tick: so many wait only',
      why: 'a schedule whose jobs take longer than its pace fills the table',
      unnoticed:
        'not attacked: no schedule of a run has as many ticks. [Tested](../test/worker/tick-overlap.test.ts)',
      edits: [edit(ACCEPT_TICK, "  if (before.waiting >= most) return { drop: 'full' };\n")],
    },
  ] satisfies Rule[]
).map((rule) => ({ ...rule, ticks: true }));
