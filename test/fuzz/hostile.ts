import fc from 'fast-check';

/** Texts that break things: empty, long, of other alphabets, half characters, names that every object has. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), weight: 4 },
  { arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }), weight: 2 },
  {
    arbitrary: fc.constantFrom(
      ...[
        '',
        ' ',
        '\u0000',
        '\ud800',
        'a\udfff',
        '\ufeff',
        '\uffff',
        '😀',
        "'",
        '"',
        "' OR 1=1 --",
        '\\',
        '\n',
      ],
      ...[
        '__proto__',
        'constructor',
        'toString',
        'null',
        'NaN',
        '0',
        '-1',
        '1e999',
        'job#',
        'a#b#c',
        '{}',
        '../..',
      ],
    ),
    weight: 3,
  },
  { arbitrary: fc.integer({ min: 100, max: 3_000 }).map((length) => 'x'.repeat(length)), weight: 1 },
);

/** Numbers at and past the edges of what counts, times and DynamoDB can be. */
export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    ...[0, -0, -1, 0.5, 1, 2, 1e9, 1e9 + 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 8.64e15, 8.64e15 + 1],
    ...[1e21, 1e125, 1e126, 1.7e308, 5e-324, -1e125],
  ),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Any value that JSON has. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: hostileText, weight: 3 },
  { arbitrary: hostileNumber, weight: 3 },
  { arbitrary: fc.constantFrom(null, true, false, [], {}), weight: 2 },
  { arbitrary: fc.array(fc.oneof(hostileText, hostileNumber), { maxLength: 3 }), weight: 1 },
  { arbitrary: fc.dictionary(hostileText, fc.oneof(hostileText, hostileNumber), { maxKeys: 3 }), weight: 1 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 1 },
);
