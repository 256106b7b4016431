/** The readers of strict fakes refuse what their form does not allow. */
import { describe, expect, test } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { readMsgpack } from '../src/fakes/msgpack.ts';
import { readSyslog } from '../src/fakes/syslog.ts';

describe('syslog', () => {
  test('is read into its parts', () => {
    expect(readSyslog(Buffer.from('<131>Jan  1 00:00:06 web-1 shop: payment failed'))).toEqual({
      facility: 16,
      severity: 3,
      time: 'Jan  1 00:00:06',
      host: 'web-1',
      tag: 'shop',
      content: 'payment failed',
    });
  });

  test.each([
    ['<192>Jan  1 00:00:06 h t: x', 'No message'],
    ['<01>Jan  1 00:00:06 h t: x', 'No message'],
    ['<1>Jan 1 00:00:06 h t: x', 'No message'],
    ['<1>Feb 30 00:00:06 h t: x', 'no time'],
    ['<1>Jan  1 24:61:06 h t: x', 'no time'],
    ['<1>Jan  1 00:00:06 h a b: x', 'No message'],
    ['<1>Jan  1 00:00:06 h t: x\n', 'control character'],
    [`<1>Jan  1 00:00:06 h t: ${'x'.repeat(1024)}`, '1048 bytes'],
  ])('is not %j', (text, problem) => {
    expect(() => readSyslog(Buffer.from(text))).toThrow(problem);
  });
});

describe('MessagePack', () => {
  test('of another library is read', () => {
    const value = { a: [1, -1, 200, -200, 70_000, 2.5, null, true, false, 'é'.repeat(40)], b: 'x'.repeat(70_000) };
    expect(readMsgpack(Buffer.from(encode(value)))).toEqual(new Map(Object.entries(value)));
    expect(readMsgpack(Buffer.from(encode(2n ** 64n - 1n, { useBigInt64: true })))).toBe(2n ** 64n - 1n);
    expect(readMsgpack(Buffer.from(encode(-(2n ** 63n), { useBigInt64: true })))).toBe(-(2n ** 63n));
    const long = Array.from({ length: 70_000 }, () => 0);
    expect(readMsgpack(Buffer.from(encode([long, new Uint8Array([7])])))).toEqual([long, Buffer.from([7])]);
  });

  test.each([
    ['82a161c0a161c0', 'twice'],
    ['8101c0', 'no text'],
    ['c0c0', 'behind the end'],
    ['a3', 'EOF'],
    ['dd7fffffff', 'longer than the body'],
    ['a1ff', 'not valid'],
    ['c1', 'unexpected'],
  ])('is not %s', (hex, problem) => {
    expect(() => readMsgpack(Buffer.from(hex, 'hex'))).toThrow(problem);
  });
});
