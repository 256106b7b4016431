import { describe, expect, test } from '@jest/globals';
import { judgeRemoteWrite, PrometheusHead, type PrometheusRules, type RecordedRequest } from '@telemetryflow/testkit';

const NOW = 1_700_000_000_000;
/** Messages that Prometheus 2.42 or 3.14 has stored as the names say. */
const UP =
  '0a340a160a085f5f6e616d655f5f120a75705f7365636f6e64730a080a036a6f62120161121009000000000000f83f1080d095ffbc31';
const V2 =
  '220022085f5f6e616d655f5f2207635f746f74616c22036a6f622201612201482a250a040102030412170900000000000008401080d095ffbc311898c895ffbc312a0408011805';
const NATIVE =
  '0a410a0e0a085f5f6e616d655f5f12026e68222f0827190000000000005940299d978ccf08ba5b2530025a04080810015a0408041003620414141d057880d095ffbc31';
const STALE = '0a210a0d0a085f5f6e616d655f5f120178121009020000000000f07f1080d095ffbc31';

/** A block of snappy that is one literal. */
function block(bytes: Buffer): Buffer {
  const length = bytes.length;
  return Buffer.concat([varint(length), Buffer.of(61 << 2, (length - 1) & 0xff, (length - 1) >> 8), bytes]);
}

function varint(value: number): Buffer {
  return value < 0x80 ? Buffer.of(value) : Buffer.concat([Buffer.of((value & 0x7f) | 0x80), varint(value >> 7)]);
}

const HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
  'user-agent': 'test',
};
const HEADERS_V2 = {
  ...HEADERS,
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'x-prometheus-remote-write-version': '2.0.0',
};

function judge(
  hex: string,
  headers: Readonly<Record<string, string>> = HEADERS,
  head = new PrometheusHead(),
  rules: PrometheusRules = {},
) {
  const raw = block(Buffer.from(hex, 'hex'));
  const request = { method: 'POST', path: '/api/v1/write', headers, raw } as unknown as RecordedRequest;
  return { ...judgeRemoteWrite(request, { now: () => NOW, ...rules }, head), samples: head.samples };
}

/** A series `a{…}` with one sample, label after label as given. */
function series(labels: readonly (readonly [string, string])[], value = 1, ms = NOW): string {
  const field = (tag: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.of(tag), varint(bytes.length), bytes]);
  const pairs = labels.map(([name, text]) =>
    field(0x0a, Buffer.concat([field(0x0a, Buffer.from(name)), field(0x12, Buffer.from(text))])),
  );
  const sample = Buffer.alloc(9, 0x09);
  sample.writeDoubleLE(value, 1);
  let rest = BigInt(ms);
  const time = [0x10];
  for (; rest >= 0x80n; rest >>= 7n) time.push(Number(rest & 0x7fn) | 0x80);
  time.push(Number(rest));
  return field(0x0a, Buffer.concat([...pairs, field(0x12, Buffer.concat([sample, Buffer.from(time)]))])).toString(
    'hex',
  );
}

const A = [['__name__', 'a']] as const;

describe('a strict Prometheus', () => {
  test('stores what real servers store', () => {
    expect(judge(UP)).toMatchObject({
      status: 204,
      samples: [{ labels: { __name__: 'up_seconds', job: 'a' }, value: 1.5, ms: NOW, stale: false }],
    });
    expect(judge(V2, HEADERS_V2)).toMatchObject({
      status: 204,
      headers: { 'x-prometheus-remote-write-samples-written': '1' },
      samples: [{ labels: { __name__: 'c_total', job: 'a' }, value: 3, ms: NOW }],
    });
    expect(judge(NATIVE).samples).toMatchObject([
      { value: 100, histogram: { schema: 0, count: 39, observed: 39, announced: 4, buckets: 4 } },
    ]);
    expect(judge(STALE).samples).toMatchObject([{ stale: true }]);
  });

  test.each<[string, string, Readonly<Record<string, string>> | undefined, PrometheusRules, number, RegExp]>([
    ['another content type', UP, { ...HEADERS, 'content-type': 'text/plain' }, {}, 415, /proto version/],
    ['2.0, if it knows 1.0 only', V2, HEADERS_V2, { versions: [1] }, 415, /proto version/],
    ['gzip', UP, { ...HEADERS, 'content-encoding': 'gzip' }, {}, 415, /gzip/],
    ['no version', UP, { ...HEADERS, 'x-prometheus-remote-write-version': '' }, {}, 400, /version header/],
    ['no credentials', UP, HEADERS, { authorization: 'Basic eA==' }, 401, /Unauthorized/],
    ['native histograms, if switched off', NATIVE, HEADERS, { nativeHistograms: false }, 500, /disabled/],
    ['a series without name', series([['b', 'x']]), HEADERS, {}, 400, /without metric name/],
    ['an empty label', series([...A, ['b', '']]), HEADERS, {}, 400, /is empty/],
    ['a label twice', series([...A, ['b', '1'], ['b', '2']]), HEADERS, {}, 500, /not unique/],
    ['labels out of order', series([['b', 'x'], ...A]), HEADERS, {}, 400, /not sorted/],
    ['a name with dots', series([['__name__', 'a.b']]), HEADERS, {}, 400, /invalid metric name/],
    ['a series twice', series(A) + series(A), HEADERS, {}, 400, /twice/],
    ['the future', series(A, 1, NOW + 700_000), HEADERS, {}, 400, /too far in the future/],
    ['a cut message', UP.slice(0, -4), HEADERS, {}, 400, /unexpected EOF/],
  ])('refuses %s', (_what, hex, headers, rules, status, body) => {
    const { samples, ...answer } = judge(hex, headers, new PrometheusHead(), rules);
    expect(answer).toMatchObject({ status, body: expect.stringMatching(body) });
    expect(samples).toEqual([]);
  });

  test('takes a sample again, and refuses another value or an older time', () => {
    const head = new PrometheusHead();
    const status = (value: number, ms: number) => judge(series(A, value, ms), HEADERS, head);
    expect(status(1, NOW)).toMatchObject({ status: 204 });
    expect(status(1, NOW)).toMatchObject({ status: 204 });
    expect(status(2, NOW)).toMatchObject({ status: 400, body: 'duplicate sample for timestamp' });
    expect(status(1, NOW - 1)).toMatchObject({ status: 400, body: 'out of order sample' });
    expect(judge(series([['__name__', 'b']], 1, NOW - 3_600_001), HEADERS, head)).toMatchObject({
      status: 400,
      body: 'out of bounds',
    });
    expect(head.samples).toHaveLength(1);
  });

  test('loses the whole request of 1.0 for one bad sample', () => {
    const head = new PrometheusHead();
    judge(series(A), HEADERS, head);
    expect(judge(series([['__name__', 'b']]) + series(A, 2), HEADERS, head)).toMatchObject({ status: 400 });
    expect(head.samples).toHaveLength(1);
  });
});
