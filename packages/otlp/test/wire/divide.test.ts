import { expect, test } from '@jest/globals';
import { count, divide, select } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { requests } from './arbitraries.ts';
import { encode, SIGNALS } from './oracle.ts';

test.each(SIGNALS)('dividing %s is selecting the items of each group', (signal) => {
  fc.assert(
    fc.property(requests[signal], fc.array(fc.nat(3), { maxLength: 50 }), (request, choices) => {
      const bytes = encode(signal, request);
      const groupOf = Array.from({ length: count(signal, bytes) }, (_, item) => choices[item % choices.length] ?? 0);
      const parts = divide(signal, bytes, groupOf, 4);
      for (const [group, part] of parts.entries()) {
        const items = groupOf.flatMap((each, item) => (each === group ? [item] : []));
        expect(Buffer.from(part).equals(Buffer.from(select(signal, bytes, items)))).toBe(true);
      }
    }),
  );
});

test('items beyond the end of the list are left out', () => {
  const bytes = encode('logs', {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: 'a' }, { eventName: 'b' }] }] }],
  });
  const [only] = divide('logs', bytes, [0], 1);
  expect(count('logs', only ?? new Uint8Array())).toBe(1);
});
