import { describe, expect, it } from 'vitest';
import { physicalName } from '../../../../lib/local/resources/names.ts';

const base = { stack: 'Jobs', logicalId: 'Queue', maxLength: 80, run: '' };

describe('physicalName', () => {
  it('is the same each time, and readable', () => {
    expect(physicalName(base)).toMatch(/^Jobs-Queue-[0-9a-f]{8}$/);
    expect(physicalName(base)).toBe(physicalName(base));
  });

  it('differs by stack, logical id and run, also where it is cut', () => {
    const long = { ...base, logicalId: 'Q'.repeat(200), maxLength: 63, lowerCase: true };
    const names = [
      base,
      { ...base, stack: 'Other' },
      { ...base, logicalId: 'Other' },
      { ...base, run: 'r1' },
      long,
      { ...long, logicalId: 'Q'.repeat(201) },
    ].map(physicalName);
    expect(new Set(names).size).toBe(names.length);
    expect(physicalName(long)).toHaveLength(63);
    expect(physicalName(long)).toMatch(/^[a-z0-9-]+$/);
  });
});
