import { edit, type Rule } from './rule.ts';

const BATCH = 'lib/worker/batch.ts';

/** What goes wrong with one thing does not spoil others. */
export const FAILURE_RULES: readonly Rule[] = [
  {
    name: 'batch: an error leaves its own message only',
    why: 'all messages of the batch come back, until jobs that nothing is wrong with die of their receives',
    focus: ['outage', 'throttle', 'request lost'],
    edits: [
      edit(
        BATCH,
        "      this.#fail(source);\n      waiting(this.#deps, delivery).error('message left to come back', reason(error));",
        '      throw error;',
      ),
    ],
  },
  {
    name: 'outbox: a change that nobody can read is passed over',
    why: 'every change behind it waits until the stream gives it up',
    focus: ['stream poison'],
    edits: [
      edit(
        'lib/lifecycle/create-lifecycle.ts',
        'if (!(error instanceof RecordUnreadableError)) throw error;',
        'if (error) throw error;',
      ),
    ],
  },
];
