import { describe, expect, it } from 'vitest';
import { STATUSES } from '../../lib/contract/index.ts';
import { allows, everyTriple, TRANSITIONS } from '../../lib/state/index.ts';
import { readPages } from './pages.ts';

const text = (await readPages()).find(({ path }) => path === 'docs/states.md')?.text ?? '';
const code = everyTriple().filter(({ event, from, to }) => allows(event, from, to));

describe('docs/states.md', () => {
  it('has the transitions of the code, no more and no less', () => {
    const documented = rows('| event |').flatMap(([event = '', from = '', to = '']) =>
      names(from).flatMap((before) =>
        (to === 'the same' ? [before] : names(to)).map((after) => `${names(event)[0]}: ${before} → ${after}`),
      ),
    );
    const coded = code.map(({ event, from, to }) => `${event}: ${from} → ${to}`);
    expect(documented.toSorted()).toEqual(coded.toSorted());
  });

  it('lists the events in the order of the code', () => {
    const events = rows('| event |').map(([event = '']) => names(event)[0]);
    expect([...new Set(events)]).toEqual(Object.keys(TRANSITIONS));
  });

  it('explains every state', () => {
    expect(rows('| state |').map(([state = '']) => names(state)[0])).toEqual(STATUSES);
  });

  it('draws every change of state with the events that make it', () => {
    const drawn = [...text.matchAll(/^ {4}(\S+) --> (\w+): (.*)$/gm)].flatMap(
      ([, from = '', to = '', label = '']) => {
        const events = label.split(', ').filter((word) => word in TRANSITIONS);
        return events.map((event) => `${event}: ${from === '[*]' ? 'none' : from} → ${to}`);
      },
    );
    const changes = code.filter(({ from, to }) => from !== to);
    expect(drawn.toSorted()).toEqual(
      changes.map(({ event, from, to }) => `${event}: ${from} → ${to}`).toSorted(),
    );
  });
});

/** The cells of the table that begins so, its head left out. */
function rows(head: string): string[][] {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(head));
  const end = lines.findIndex((line, i) => i > begin && !line.startsWith('|'));
  return lines.slice(begin + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function names(cell: string): string[] {
  return cell === 'none' ? ['none'] : [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
}
