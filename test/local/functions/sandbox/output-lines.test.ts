import { describe, expect, it } from 'vitest';
import { OutputLines } from '../../../../lib/local/functions/sandbox/output-lines.ts';
import { END_OF_OUTPUT } from '../../../../lib/local/functions/sandbox/sandbox-protocol.ts';

function read(...chunks: (string | Buffer)[]): string[] {
  const seen: string[] = [];
  const lines = new OutputLines({ onLine: (line) => seen.push(line), onEnd: () => seen.push('END') });
  for (const chunk of chunks) lines.push(Buffer.from(chunk));
  lines.flush();
  return seen;
}

describe('the output of a sandbox', () => {
  it('is cut into lines wherever its chunks end', () => {
    expect(read('a\nb', 'c\n', '\nd\n')).toEqual(['a', 'bc', '', 'd']);
  });

  it('may end without a line feed', () => {
    expect(read('a\nb')).toEqual(['a', 'b']);
  });

  it('keeps a character together that two chunks share', () => {
    const euro = Buffer.from('€\n');
    expect(read(euro.subarray(0, 1), euro.subarray(1))).toEqual(['€']);
  });

  it('has its end marks taken out, after what stands before them', () => {
    expect(read(`a\n${END_OF_OUTPUT}\nb${END_OF_OUTPUT}`, '\nc\n')).toEqual(['a', 'END', 'b', 'END', 'c']);
  });

  it('is cut where a line has no end', () => {
    const seen = read('x'.repeat(600 * 1024));
    expect(seen.map(({ length }) => length / 1024)).toEqual([256, 256, 88]);
  });
});
