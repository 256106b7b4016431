import { describe, expect, test } from '@jest/globals';
import { basicAuth, checkHeaders, checkOwnHeaders, excerpt, mergeHeaders, redactUrl } from '@telemetryflow/http';
import { Secret } from '@telemetryflow/kernel';
import { secretScrubber } from '../src/redact.ts';

describe('redactUrl', () => {
  test.each([
    ['https://user:pa%40ss@host:8443/path?x=1', 'https://host:8443/path?x=1'],
    ['https://h/p?api_key=s3cret&db=a', 'https://h/p?api_key=[REDACTED]&db=a'],
    ['https://h/p?X-Amz-Signature=abc&TOKEN=t#frag', 'https://h/p?X-Amz-Signature=[REDACTED]&TOKEN=[REDACTED]'],
    ['https://h/p?flag', 'https://h/p?flag'],
    ['not a url', '[invalid url]'],
  ])('%s becomes %s', (url, expected) => {
    expect(redactUrl(url)).toBe(expected);
  });
});

describe('excerpt', () => {
  test('is one line without control characters', () => {
    expect(excerpt(Buffer.from('  a\r\n\tb\x00\x1b[31mc  '))).toBe('a b [31mc');
  });
  test('is bounded and survives bytes that are no text', () => {
    expect(excerpt(Buffer.alloc(10_000, 0x61))).toHaveLength(513);
    expect(excerpt(Buffer.from([0xff, 0xfe, 0xc0]))).toMatch(/^\ufffd+$/);
    expect(excerpt(new Uint8Array(0))).toBe('');
  });
});

describe('an answer that repeats secrets of the request', () => {
  const basic = `Basic ${Buffer.from('user:pass"word').toString('base64')}`;
  const scrub = secretScrubber({
    authorization: 'Bearer t0ken-1',
    'x-key': basic,
    'content-type': 'text/plain',
    'x-a': 'b',
  });

  test('is shown without them, in full, in part and inside JSON', () => {
    const said = JSON.stringify({ a: 'Bearer t0ken-1', b: 't0ken-1', c: 'pass"word', d: basic, e: 'text/plain b' });
    const shown = excerpt(Buffer.from(said), { scrub });
    expect(shown).not.toMatch(/t0ken|word|dXNlcj/);
    expect(shown).toContain('text/plain b');
  });

  test('shows no half of one where it is cut', () => {
    for (const length of [500, 505, 510, 16_380, 16_384]) {
      const body = Buffer.from(`${'x'.repeat(length)}t0ken-1${'y'.repeat(20_000)}`);
      expect(excerpt(body, { scrub })).not.toContain('t0k');
      const filled = Buffer.from(`${'t0ken-1'.repeat(3000)}`);
      expect(excerpt(filled, { scrub, maxCharacters: 40_000 }).replaceAll('[REDACTED]', '')).toMatch(
        /^(t0?)?k?e?n?$|^t0ken-?$|^$/,
      );
    }
  });
});

describe('headers', () => {
  test('merge without regard to case, later ones win and empty ones mean none', () => {
    const merged = mergeHeaders(
      { Authorization: 'a', 'X-B': 'b' },
      { authorization: new Secret('c'), 'x-b': new Secret('') },
    );
    expect(merged).toEqual({ authorization: 'c' });
  });

  test.each([
    ['a line break', { 'x-a': new Secret('v\r\nInjected: 1') }],
    ['a final newline', { 'x-a': new Secret('token\n') }],
    ['a NUL', { 'x-a': new Secret('a\0b') }],
    ['a character beyond latin1', { 'x-a': new Secret('ключ') }],
    ['a scheme without credentials', { authorization: new Secret('Bearer ') }],
    ['an illegal name', { 'x a': new Secret('v') }],
    ['an empty name', { '': new Secret('v') }],
    ['a framing header', { 'Content-Length': new Secret('3') }],
  ])('with %s are refused, and the message never holds the value', (_name, headers) => {
    const problems = checkHeaders(headers);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.path).toEqual(['headers', Object.keys(headers)[0]]);
    expect(JSON.stringify(problems)).not.toMatch(/Injected|token|ключ/);
  });

  test('that are legal pass', () => {
    expect(checkHeaders({ Authorization: new Secret('Bearer a.b-c='), 'x-a': 'é\t' })).toEqual([]);
    expect(checkHeaders(undefined)).toEqual([]);
  });

  test('for Basic authentication are UTF-8', () => {
    expect(Buffer.from(basicAuth('ü', 'p').slice(6), 'base64').toString()).toBe('ü:p');
  });
});

test('headers that an exporter sets itself are refused whatever their case, each with where it belongs', () => {
  const own = new Set(['content-type', 'x-key']);
  const problems = checkOwnHeaders({ 'X-KEY': 'k', 'Content-type': 'a/b', other: 'o' }, own, (name) =>
    name === 'x-key' ? 'set key' : undefined,
  );
  expect(problems.map(({ path, hint }) => [path[1], hint])).toEqual([
    ['X-KEY', 'set key'],
    ['Content-type', 'remove it from `headers`'],
  ]);
});
