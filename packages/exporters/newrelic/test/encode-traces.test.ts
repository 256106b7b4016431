import { describe, expect, test } from '@jest/globals';
import type { SpanRecord } from '@telemetryflow/otlp';
import { golden, hrTime, type NewrelicItem, readNewrelicItems } from '@telemetryflow/testkit';
import { encodeAll, payloadsOf, RESOURCE, SCOPE, SPAN_ID, TRACE_ID, WINDOW } from './setup.ts';

const START = hrTime(WINDOW.startMs);
const EXCEPTION = {
  time: START,
  name: 'exception',
  attributes: { 'exception.type': 'TypeError', 'exception.message': 'x is undefined' },
};

function span(parts: Partial<SpanRecord> = {}): SpanRecord {
  return {
    name: 'GET /cart',
    kind: 1,
    spanContext: () => ({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 }),
    startTime: START,
    endTime: hrTime(WINDOW.startMs + 125.5),
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    duration: [0, 125_500_000],
    ended: true,
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...parts,
  };
}

async function payloadOf(parts: Partial<SpanRecord>) {
  const [payload] = payloadsOf(await encodeAll('traces', [span(parts)], { protocol: 'api' }));
  if (payload === undefined) throw new Error('nothing was encoded');
  return payload;
}

async function item(parts: Partial<SpanRecord>): Promise<NewrelicItem> {
  const { body } = await payloadOf(parts);
  const [read] = readNewrelicItems('spans', Buffer.from(body.body).toString(), WINDOW.endMs);
  if (read === undefined) throw new Error('nothing was encoded');
  return read;
}

describe('a span', () => {
  test('with an error and its exception, as in the golden request', async () => {
    const { body } = await payloadOf({ status: { code: 2, message: 'boom' }, events: [EXCEPTION] });
    golden(import.meta.url, 'spans.json').json(Buffer.from(body.body).toString());
    expect(body.losses).toMatchObject({ events: 0, links: 0 });
  });

  test('has its parent, its kind, its dropped counts and its trace state as attributes', async () => {
    const parts = {
      kind: 3,
      parentSpanContext: { traceId: TRACE_ID, spanId: 'b7ad6b7169203331', traceFlags: 1 },
      spanContext: () => ({
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        traceFlags: 1,
        traceState: { serialize: () => 'a=b' },
      }),
      droppedEventsCount: 4,
    };
    expect((await item(parts)).attributes).toMatchObject({
      'parent.id': 'b7ad6b7169203331',
      'span.kind': 'producer',
      'w3c.tracestate': 'a=b',
      'otel.dropped_events_count': 4,
      'otel.status_code': 'UNSET',
    });
  });

  test('without an error has no attribute that makes it one, even with an exception', async () => {
    const { attributes } = await item({ events: [EXCEPTION] });
    expect(Object.keys(attributes).filter((name) => name.startsWith('error'))).toEqual([]);
  });

  test.each([
    [{ status: { code: 2 } }, 'error'],
    [{ status: { code: 2 }, events: [EXCEPTION] }, 'x is undefined'],
    [{ status: { code: 2, message: 'm' }, attributes: { 'error.message': 'own' } }, 'own'],
  ])('with an error says so in error.message: %j', async (parts, message) => {
    expect((await item(parts)).attributes['error.message']).toBe(message);
  });

  test('cannot be changed by its attributes', async () => {
    const attributes = { 'parent.id': 'x', name: 'y', 'duration.ms': 1, 'entity.guid': 'g', id: 'i' };
    expect((await item({ attributes })).attributes).toMatchObject({
      name: 'GET /cart',
      'duration.ms': 125.5,
      'attr.parent.id': 'x',
      'attr.name': 'y',
      'attr.duration.ms': 1,
      'attr.entity.guid': 'g',
      'attr.id': 'i',
    });
  });

  test('shows on the page of external services by the newer names, too', async () => {
    const attributes = { 'url.full': 'https://h/x', 'server.address': 'h', 'net.peer.name': 'older' };
    expect((await item({ attributes })).attributes).toMatchObject({
      'http.url': 'https://h/x',
      'net.peer.name': 'older',
    });
  });

  test('loses its events and links, and that is counted', async () => {
    const context = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };
    const { body } = await payloadOf({
      events: [EXCEPTION, { time: START, name: 'e' }],
      links: [{ context }],
    });
    expect(body.losses).toMatchObject({ events: 2, links: 1 });
  });

  test.each([
    ['', SPAN_ID],
    [TRACE_ID, '0'.repeat(16)],
    [TRACE_ID, '"},{"'],
  ])('with the ids "%s" and "%s" is dropped', async (traceId, spanId) => {
    const spanContext = () => ({ traceId, spanId, traceFlags: 1 });
    const all = await encodeAll('traces', [span({ spanContext }), span()], { protocol: 'api' });
    expect(all.filter((each) => 'dropped' in each)).toMatchObject([{ dropped: { from: 0, to: 1 }, reason: 'invalid' }]);
    expect(payloadsOf(all)).toHaveLength(1);
  });
});

describe('the environment', () => {
  const environmentOf = async (attributes: Record<string, string>, environment: string) => {
    const resource = { attributes: { ...RESOURCE.attributes, ...attributes } };
    const all = await encodeAll('traces', [span({ resource })], { protocol: 'api', environment });
    const [payload] = payloadsOf(all);
    const [read] = readNewrelicItems('spans', Buffer.from(payload?.body.body ?? []).toString(), WINDOW.endMs);
    return [read?.attributes['deployment.environment.name'], read?.attributes['environment']];
  };

  test.each<[Record<string, string>, string, (string | undefined)[]]>([
    [{}, 'production', ['production', 'production']],
    [{}, '', [undefined, undefined]],
    [{ 'deployment.environment.name': 'staging' }, 'production', ['staging', 'staging']],
    [{ 'deployment.environment': 'old' }, 'production', ['old', 'old']],
    [{ environment: 'own' }, 'production', ['production', 'own']],
  ])('of %j with the option "%s" is %j', async (attributes, option, expected) => {
    expect(await environmentOf(attributes, option)).toEqual(expected);
  });
});
