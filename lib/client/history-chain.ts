import { STATUSES, type Status } from '../contract/index.ts';
import { allows, type Event, type JobRecord, TRANSITIONS } from '../state/index.ts';
import type { HistoryEntry } from './history.ts';
import type { Fact } from './history-facts.ts';

/** Of a transition that must have been, and left nothing. */
const UNTOLD = 'not on record';

/** Puts transitions in order, and says where one lies between that left nothing behind. Ends where the record stands. */
export function chain(facts: readonly Fact[], record: JobRecord): HistoryEntry[] {
  const { status, endedAt } = record;
  const entries: HistoryEntry[] = [];
  for (const { entry } of [...facts].sort(byPlace)) {
    const last = entries.at(-1);
    const from = entry.from ?? beginning(entry, last?.to);
    entries.push(...untold(last, from, entry.time), { ...entry, from });
  }
  const last = entries.at(-1);
  const time = endedAt === undefined ? last?.time : new Date(endedAt);
  return withDeath([...entries, ...untold(last, status, time)], record);
}

/** Builds that wrote less kept in the record alone what the job died of: it is there until a redrive. */
function withDeath(entries: HistoryEntry[], { status, error }: JobRecord): HistoryEntry[] {
  const last = entries.at(-1);
  if (status !== 'dead' || !error || !last || last.error) return entries;
  return [...entries.slice(0, -1), { ...last, error: { ...error } }];
}

function byPlace(a: Fact, b: Fact): number {
  return a.dispatch - b.dispatch || a.stage - b.stage || a.at - b.at;
}

/** From where an execution began. Whoever takes a job over says so; else it was handed back in between. */
function beginning({ by }: Fact['entry'], last: Status = 'queued'): Status {
  if (last === 'running') return by === undefined ? 'queued' : last;
  return allows('claim', last, 'running') ? last : 'queued';
}

/** The fewest transitions that lead from the last entry to a state. */
function untold(
  last: HistoryEntry | undefined,
  to: HistoryEntry['from'],
  time = new Date(0),
): HistoryEntry[] {
  if (!last || last.to === to || to === 'none') return [];
  const states = wayTo(last.to, to);
  const { dispatch } = last;
  return states.map((state, i) => ({
    ...{ time, from: states[i - 1] ?? last.to, to: state, dispatch },
    why: UNTOLD,
  }));
}

function wayTo(from: Status, to: Status): Status[] {
  const seen = new Set([from]);
  let ways: Status[][] = [[]];
  while (ways.length > 0) {
    const longer = ways.flatMap((way) => next(way.at(-1) ?? from).map((state) => [...way, state]));
    const found = longer.find((way) => way.at(-1) === to);
    if (found) return found;
    ways = longer.filter((way) => {
      const state = way.at(-1) as Status;
      return !seen.has(state) && seen.add(state);
    });
  }
  return [to];
}

function next(from: Status): Status[] {
  const events = Object.keys(TRANSITIONS) as Event[];
  return STATUSES.filter((to) => to !== from && events.some((event) => allows(event, from, to)));
}
