import { describe, expect, jest, test } from '@jest/globals';
import { mapResources, type ResourceRecord, resources } from '@telemetryflow/otlp';
import { encode, items } from './oracle.ts';

const attribute = (key: string, value: string): unknown => ({ key, value: { stringValue: value } });
const spans = (...names: string[]): unknown => ({ scope: { name: 's' }, spans: names.map((name) => ({ name })) });
const request = encode('traces', {
  resourceSpans: [
    { resource: { attributes: [attribute('host', 'a')] }, scopeSpans: [spans('1', '2')], schemaUrl: 'url' },
    { resource: { attributes: [attribute('host', 'b')] }, scopeSpans: [spans('3')] },
    { resource: { attributes: [attribute('host', 'a')] }, scopeSpans: [spans(), spans('4')], schemaUrl: 'url' },
    { scopeSpans: [spans('5')] },
    { resource: { attributes: [attribute('host', 'a')] }, schemaUrl: 'other' },
  ],
});

const withTag = (resource: ResourceRecord): ResourceRecord => ({
  ...resource,
  attributes: { ...resource.attributes, env: 'prod' },
});

describe('resources of a request', () => {
  test('come in order with their schema URL and number of items, equal ones as one object', () => {
    const found = resources('traces', request);
    expect(found).toEqual([
      { resource: { attributes: { host: 'a' }, schemaUrl: 'url' }, items: 2 },
      { resource: { attributes: { host: 'b' } }, items: 1 },
      { resource: { attributes: { host: 'a' }, schemaUrl: 'url' }, items: 1 },
      { resource: { attributes: {} }, items: 1 },
      { resource: { attributes: { host: 'a' }, schemaUrl: 'other' }, items: 0 },
    ]);
    expect(found[0]?.resource).toBe(found[2]?.resource);
  });

  test('change without a change to the items', () => {
    const change = jest.fn(withTag);
    const changed = mapResources('traces', request, change);
    expect(change).toHaveBeenCalledTimes(4);
    expect(resources('traces', changed)).toEqual(
      resources('traces', request).map(({ resource, items }) => ({
        resource: withTag(resource),
        items,
      })),
    );
    const bare = (list: ReturnType<typeof items>): unknown =>
      list.map(({ aboutScope, item }) => ({ aboutScope, item }));
    expect(bare(items('traces', changed))).toEqual(bare(items('traces', request)));
  });

  test('that are returned as they are leave the very same bytes', () => {
    expect(mapResources('traces', request, (resource) => resource)).toBe(request);
  });

  test('that change leave the envelopes of the others byte for byte', () => {
    const only = (resource: ResourceRecord): ResourceRecord =>
      resource.attributes['host'] === 'b' ? withTag(resource) : resource;
    const changed = Buffer.from(mapResources('traces', request, only));
    const first = request.subarray(0, 2 + (request[1] as number));
    expect(changed.subarray(0, first.length)).toEqual(first);
    expect(resources('traces', changed).map(({ resource }) => resource.attributes['env'])).toEqual([
      undefined,
      'prod',
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('may change their schema URL', () => {
    const changed = mapResources('traces', request, (resource) => ({ ...resource, schemaUrl: 'new' }));
    expect(resources('traces', changed).map(({ resource }) => resource.schemaUrl)).toEqual(Array(5).fill('new'));
    const { schemaUrl: _, ...without }: ResourceRecord = { attributes: {}, schemaUrl: 'x' };
    const removed = mapResources('traces', request, () => without);
    expect(resources('traces', removed).every(({ resource }) => resource.schemaUrl === undefined)).toBe(true);
  });

  test('whose message comes in two pieces are one resource', () => {
    const pieces = Buffer.concat([
      encode('traces', { resourceSpans: [{ resource: { attributes: [attribute('host', 'a')] } }] }).subarray(2),
      encode('traces', { resourceSpans: [{ resource: { attributes: [attribute('zone', 'z')] } }] }).subarray(2),
    ]);
    const bytes = Buffer.concat([Buffer.from([0x0a, pieces.length]), pieces]);
    expect(resources('traces', bytes)).toEqual([{ resource: { attributes: { host: 'a', zone: 'z' } }, items: 0 }]);
    const changed = mapResources('traces', bytes, withTag);
    expect(resources('traces', changed)[0]?.resource.attributes).toEqual({
      host: 'a',
      zone: 'z',
      env: 'prod',
    });
  });
});
