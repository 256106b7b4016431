import { expect, test } from '@jest/globals';
import type { LogRecord } from '@telemetryflow/otlp';
import { hrTime } from '@telemetryflow/testkit';
import { encodeAll, payloadsOf, RESOURCE, WINDOW } from './setup.ts';

interface Block {
  readonly common: { readonly attributes: Readonly<Record<string, unknown>> };
  readonly logs: readonly { readonly message: string }[];
}

/** Records of three scopes that take turns, each with its number as the message. */
function records(count: number): LogRecord[] {
  const scopes = ['a', 'b', 'c'].map((name) => ({ name }));
  return Array.from({ length: count }, (_, n) => ({
    hrTime: hrTime(WINDOW.startMs),
    hrTimeObserved: [0, 0] as const,
    resource: RESOURCE,
    instrumentationScope: scopes[n % 3] as { name: string },
    body: `${n}`,
    attributes: {},
    droppedAttributesCount: 0,
  }));
}

async function requests(count: number, options: Record<string, unknown> = {}) {
  const payloads = payloadsOf(await encodeAll('logs', records(count), { protocol: 'api', ...options }));
  return payloads.map(({ body: { body }, items }) => ({
    blocks: JSON.parse(`${Buffer.from(body)}`) as Block[],
    items,
  }));
}

test('scopes that take turns have one block of common attributes each', async () => {
  const [request, ...more] = await requests(8);
  expect(more).toEqual([]);
  expect(request?.items).toEqual({ from: 0, to: 8 });
  expect(
    request?.blocks.map(({ common, logs }) => [
      common.attributes['otel.library.name'],
      logs.map(({ message }) => message),
    ]),
  ).toEqual([
    ['a', ['0', '3', '6']],
    ['b', ['1', '4', '7']],
    ['c', ['2', '5']],
  ]);
});

test('a request that is full is said to hold the items that it holds', async () => {
  const all = await requests(4000, { compression: 'none', max_request_bytes: 100_000 });
  expect(all.length).toBeGreaterThan(2);
  const held = all.map(({ blocks }) => blocks.flatMap(({ logs }) => logs.map(({ message }) => Number(message))));
  const said = all.map(({ items }) =>
    'from' in items ? Array.from({ length: items.to - items.from }, (_, n) => items.from + n) : [...items],
  );
  expect(said).toEqual(held.map((numbers) => numbers.toSorted((a, b) => a - b)));
  expect(said.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 4000 }, (_, n) => n));
});
