import type { JobView } from '../lib/client/index.ts';
import type { Receiver } from './receiver.ts';
import type { Tally } from './tally.ts';
import type { Expected } from './work.ts';

export interface Evidence {
  /** In the order of the jobs: id, and the record when all was over. */
  readonly jobs: readonly {
    readonly expected: Expected;
    readonly id: string;
    readonly view: JobView | undefined;
  }[];
  /** Jobs that came of enqueueing the same keys again: none. */
  readonly duplicatesAccepted: number;
  readonly receiver: Receiver;
  readonly tally: Tally;
  readonly quarantined: { readonly found: number; readonly sent: number };
  readonly listedDead: ReadonlySet<string>;
}

export interface Check {
  readonly name: string;
  readonly problems: readonly string[];
}

/** The demo's own sums: what it says has to hold. */
export function check({
  jobs,
  duplicatesAccepted,
  receiver,
  tally,
  quarantined,
  listedDead,
}: Evidence): Check[] {
  const about = (id: string, problem: string | false) => (problem ? [`${id}: ${problem}`] : []);
  const webhooks = jobs.filter(({ expected }) => expected.entry.job === 'webhook.deliver');
  return [
    {
      name: 'every job ended as it had to, by its record',
      problems: jobs.flatMap(({ id, view, expected }) =>
        about(id, view?.status !== expected.ends && `${view?.status ?? 'no record'}, not ${expected.ends}`),
      ),
    },
    {
      name: 'every job ended exactly once',
      problems: jobs.flatMap(({ id }) => {
        const ends = tally.jobs.get(id)?.ends ?? 0;
        return about(id, ends !== 1 && `${ends} ends`);
      }),
    },
    {
      name: 'nothing ran that was not enqueued',
      problems:
        tally.jobs.size === jobs.length ? [] : [`${tally.jobs.size} jobs ran, ${jobs.length} were enqueued`],
    },
    {
      name: 'duplicates by key became no jobs',
      problems:
        duplicatesAccepted === 0 ? [] : [`${duplicatesAccepted} duplicates were accepted as new jobs`],
    },
    {
      name: 'the receiver saw and accepted every webhook, signed',
      problems: [
        ...webhooks.flatMap(({ id, expected }) => {
          const accepted = receiver.seen.get(id)?.accepted ?? 0;
          const wanted = expected.ends === 'succeeded' ? 1 : 0;
          return about(id, accepted !== wanted && `accepted ${accepted} times, not ${wanted}`);
        }),
        ...about(
          'signatures',
          receiver.unsigned > 0 && `${receiver.unsigned} requests were not signed rightly`,
        ),
      ],
    },
    {
      name: 'dead jobs and unreadable messages are listed for an operator',
      problems: [
        ...jobs.flatMap(({ id, expected }) =>
          about(id, expected.ends === 'dead' && !listedDead.has(id) && 'not listed'),
        ),
        ...about(
          'quarantine',
          quarantined.found !== quarantined.sent && `${quarantined.found} of ${quarantined.sent} filed`,
        ),
      ],
    },
    { name: 'no function crashed, timed out, ran out of memory or failed to start', problems: tally.trouble },
  ];
}
