import { describe, expect, it } from '@jest/globals';
import { giveBytes, takeBytes } from '../../src/data/spare-bytes.ts';

const KB = 1024;

describe('memory of settled batches', () => {
  it('is used again for what takes about as much', () => {
    const first = takeBytes(100 * KB);
    giveBytes(first);
    const second = takeBytes(101 * KB);
    expect(second.buffer).toBe(first.buffer);
    expect(second).toHaveLength(101 * KB);
    expect(takeBytes(100 * KB).buffer).not.toBe(first.buffer);
  });

  it('is not used for what takes much less, and is at most an eighth more than was asked for', () => {
    const large = takeBytes(100 * KB);
    giveBytes(large);
    expect(takeBytes(80 * KB).buffer).not.toBe(large.buffer);
    for (let length = 8 * KB; length < 3000 * KB; length = Math.ceil(length * 1.07)) {
      expect(takeBytes(length)).toHaveLength(length);
      expect(takeBytes(length).buffer.byteLength).toBeLessThanOrEqual(length * 1.125);
    }
  });

  it('is left alone when it was allocated by others, or is very small or very large', () => {
    const others = new Uint8Array(100 * KB + 1);
    giveBytes(others);
    expect(takeBytes(100 * KB + 1).buffer).not.toBe(others.buffer);
    for (const length of [100, 4000 * KB]) {
      const bytes = takeBytes(length);
      giveBytes(bytes);
      expect(takeBytes(length).buffer).not.toBe(bytes.buffer);
    }
  });

  it('is kept up to 8 MiB', () => {
    const given = Array.from({ length: 12 }, () => takeBytes(KB * KB));
    for (const bytes of given) giveBytes(bytes);
    const again = given.map(() => takeBytes(KB * KB).buffer);
    expect(given.filter(({ buffer }) => again.includes(buffer)).length).toBeLessThanOrEqual(8);
  });
});
