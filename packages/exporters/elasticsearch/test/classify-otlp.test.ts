import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '@telemetryflow/http';
import { countItems } from '@telemetryflow/kernel';
import { encodeExportResponse, type Signal } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { OtlpAnswerReader } from '../src/classify-otlp.ts';

const ITEMS = { from: 0, to: 3 };

function answer(status: number, body: unknown = '', headers: Record<string, string> = {}): HttpResponse {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { kind: 'response', status, headers, body: bytes, url: 'http://es/_otlp/v1/metrics' };
}

function refusal(status: number, reason: string): HttpResponse {
  return answer(
    status,
    { error: { type: 'status_exception', reason }, status },
    { 'content-type': 'application/json' },
  );
}

function partialSuccess(rejected: number, message: string, signal: Signal = 'metrics'): HttpResponse {
  const body = encodeExportResponse(signal, { rejected, message }, 'proto');
  return answer(200, body, { 'content-type': 'application/x-protobuf' });
}

interface About {
  readonly signal?: Signal;
  readonly items?: number;
  readonly attempt?: number;
  readonly reader?: OtlpAnswerReader;
}

function read(response: HttpResponse, { signal = 'metrics', items = 3, attempt = 1, reader }: About = {}) {
  const used = reader ?? new OtlpAnswerReader(() => undefined);
  return used.read(response, { signal, items: { from: 0, to: items }, message: { items, batchId: 'b' }, attempt });
}

const group = (status: string, count: number, sample: string): string =>
  `Index [metrics-generic.otel-default] returned status [${status}] for ${count} documents. Sample error message: ${sample}\n`;

describe('answers to a request as a whole', () => {
  const NO_HANDLER = 'no handler found for uri [/_otlp/v1/logs] and method [POST]';
  const NEEDED = /metrics from 9\.2, logs and traces from 9\.5, OpenSearch nothing; use protocol: bulk/;

  test.each<[string, HttpResponse, object]>([
    ['200, empty', answer(200), {}],
    // As Elasticsearch 8.19.2 and OpenSearch 2.19.5 answer.
    [
      '400 of a server without OTLP',
      answer(400, { error: NO_HANDLER }, { 'content-type': 'application/json' }),
      { dropped: [{ items: ITEMS, reason: 'invalid', detail: expect.stringMatching(NEEDED) }] },
    ],
    ['404', answer(404), { dropped: [{ items: ITEMS, reason: 'invalid', detail: expect.stringMatching(NEEDED) }] }],
    ['405', answer(405), { dropped: [{ items: ITEMS, reason: 'invalid', detail: expect.stringMatching(NEEDED) }] }],
    ['406', answer(406), { dropped: [{ items: ITEMS, reason: 'invalid', detail: expect.stringMatching(NEEDED) }] }],
    ['401', answer(401), { retry: { items: ITEMS, reason: 'auth' } }],
    ['403', answer(403), { retry: { items: ITEMS, reason: 'auth' } }],
    ['408', answer(408), { retry: { items: ITEMS, reason: 'timeout' } }],
    ['413', answer(413), { split: { reason: 'too_large' } }],
    ['429', answer(429, '', { 'retry-after': '3' }), { retry: { items: ITEMS, reason: 'throttled', afterMs: 3000 } }],
    ['500', answer(500), { retry: { items: ITEMS, reason: 'unavailable' } }],
    ['501', answer(501), { dropped: [{ items: ITEMS, reason: 'rejected' }] }],
    ['503', answer(503), { retry: { items: ITEMS, reason: 'unavailable' } }],
    ['504', answer(504), { retry: { items: ITEMS, reason: 'unavailable' } }],
  ])('%s', (_name, response, expected) => {
    const outcome = read(response);
    const all = Object.keys(outcome).filter((key) => outcome[key as keyof typeof outcome] !== undefined);
    expect(all.sort()).toEqual(Object.keys(expected).sort());
    if ('retry' in expected) {
      const { items: _items, ...rest } = expected.retry as { items: unknown };
      expect(outcome.retry).toMatchObject(rest);
    } else if ('dropped' in expected) {
      const [wanted] = expected.dropped as { items: unknown }[];
      const { items: _items, ...rest } = wanted ?? { items: 0 };
      expect(outcome.dropped?.[0]).toMatchObject(rest);
    } else expect(outcome).toMatchObject(expected);
  });

  test('400 for a payload is cut until the culprit is alone', () => {
    const bad = refusal(400, 'Invalid OTLP protobuf payload: truncated');
    const reader = new OtlpAnswerReader(() => undefined);
    expect(read(bad, { reader }).split).toMatchObject({ reason: 'invalid' });
    expect(read(bad, { reader, items: 1 }).dropped?.[0]).toMatchObject({
      reason: 'invalid',
      detail: expect.stringContaining('Invalid OTLP protobuf payload'),
    });
  });
});

describe('a partial success', () => {
  test('drops as many as the server counts, and no more than were sent', () => {
    const one = read(partialSuccess(1, group('BAD_REQUEST', 1, 'x')));
    expect(one.dropped).toEqual([
      {
        items: 1,
        reason: 'rejected',
        detail: 'Index [metrics-generic.otel-default] returned status [BAD_REQUEST] for 1 documents.',
      },
    ]);
    // The server counts documents, and an event of a span is one.
    expect(read(partialSuccess(9, group('BAD_REQUEST', 9, 'x'), 'traces'), { signal: 'traces' }).dropped).toMatchObject(
      [{ items: 3 }],
    );
  });

  test('of a repeated request of metrics that are all there is a success', () => {
    const conflicts = partialSuccess(3, group('CONFLICT', 2, 'a\nb') + group('CONFLICT', 1, 'x'));
    expect(read(conflicts, { attempt: 2 })).toEqual({});
    expect(read(conflicts).dropped).toMatchObject([{ items: 3 }]);
    const mixed = partialSuccess(3, group('CONFLICT', 2, 'x'.repeat(2000)) + group('BAD_REQUEST', 1, 'y'));
    expect(read(mixed, { attempt: 2 }).dropped).toMatchObject([{ items: 3 }]);
    const ignored = partialSuccess(
      3,
      `${group('CONFLICT', 2, 'x')}Ignored 1 data points due to the following reasons:\n`,
    );
    expect(read(ignored, { attempt: 2 }).dropped).toMatchObject([{ items: 3 }]);
    const logs = partialSuccess(3, group('CONFLICT', 3, 'x'), 'logs');
    expect(read(logs, { signal: 'logs', attempt: 2 }).dropped).toMatchObject([{ items: 3 }]);
  });

  test('and a refusal quote documents in the log of the debug level only', () => {
    const text = group('BAD_REQUEST', 1, "Preview of field's value: 'geheim'");
    for (const response of [partialSuccess(1, text), partialSuccess(0, text), refusal(429, text), refusal(400, text)]) {
      const said: unknown[] = [];
      const reader = new OtlpAnswerReader((_message, fields) => said.push(fields));
      const outcome = read(response, { reader });
      expect(JSON.stringify(outcome)).toContain('returned status [BAD_REQUEST] for 1 documents.');
      expect(JSON.stringify(outcome)).not.toContain('geheim');
      expect(JSON.stringify(said)).toContain('geheim');
    }
  });
});

test('whatever is answered, no item is counted twice, and nothing throws', () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string().map((text) => Buffer.from(text)),
    fc
      .tuple(fc.integer({ min: -5, max: 1e9 }), fc.string())
      .map(([rejected, message]) => encodeExportResponse('metrics', { rejected, message }, 'proto')),
  );
  const type = fc.constantFrom('application/x-protobuf', 'application/json', 'text/html', '');
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      body,
      type,
      fc.integer({ min: 1, max: 3 }),
      (status, bytes, of, attempt) => {
        const outcome = read(answer(status, bytes, { 'content-type': of }), { attempt });
        const dropped = (outcome.dropped ?? []).reduce(
          (sum, { items }) =>
            sum + (items === undefined ? 3 : typeof items === 'number' ? items : Math.min(3, countItems(items))),
          0,
        );
        const ends = [dropped > 0, outcome.retry !== undefined, outcome.split !== undefined].filter(Boolean);
        expect(dropped).toBeLessThanOrEqual(3);
        expect(ends.length).toBeLessThanOrEqual(1);
      },
    ),
  );
});
