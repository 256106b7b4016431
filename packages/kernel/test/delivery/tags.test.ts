import { describe, expect, it } from '@jest/globals';
import { batchFromOtlp, batchFromRecords, delivered, type Outcome } from '@telemetryflow/kernel';
import { DOUBLES, decode, encode, type LogRecord, type ResourceRecord } from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import type { Batch } from '../../src/data/batch.ts';
import { resourceFill } from '../../src/delivery/tags.ts';
import { expectSettled, startedChain, ticketOf } from './fixture.ts';

function filled(
  attributes: ResourceRecord['attributes'],
  tags: Readonly<Record<string, string>> | undefined,
  serviceName?: string,
): Record<string, unknown> {
  const resource = { attributes };
  return { ...(resourceFill(tags, serviceName)?.change(resource) ?? resource).attributes };
}

describe('tags and service_name', () => {
  it('fill gaps, and never replace what the telemetry says', () => {
    expect(filled({ env: 'prod', n: 0, empty: '' }, { env: 'test', n: 'x', empty: 'x', team: 'a' })).toEqual({
      env: 'prod',
      n: 0,
      empty: '',
      team: 'a',
    });
  });

  it('give a service its name only where it has none, or an unknown one', () => {
    expect(filled({}, undefined, 'shop')).toEqual({ 'service.name': 'shop' });
    expect(filled({ 'service.name': 'unknown_service:node' }, undefined, 'shop')).toEqual({ 'service.name': 'shop' });
    expect(filled({ 'service.name': 'cart' }, undefined, 'shop')).toEqual({ 'service.name': 'cart' });
    expect(filled({}, { 'service.name': 'tag' }, 'shop')).toEqual({ 'service.name': 'shop' });
    expect(filled({}, { 'service.name': 'tag' }, '')).toEqual({ 'service.name': 'tag' });
  });

  it('leave the resource object alone when there is nothing to fill', () => {
    const resource = { attributes: { a: '1', 'service.name': 'x' } };
    expect(resourceFill({ a: '2' }, 'y')?.change(resource)).toBe(resource);
    expect(resourceFill({}, undefined)).toBeUndefined();
  });

  it('keep the marks of integral doubles, and everything else of the resource', () => {
    const resource = {
      attributes: { ratio: 1, [DOUBLES]: new Set(['ratio']) },
      schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
      droppedAttributesCount: 2,
      entityRefs: [{ type: 'host', idKeys: ['host.id'], descriptionKeys: [] }],
    };
    const changed = resourceFill({ a: 'b' }, undefined)?.change(resource);
    expect(changed).toMatchObject({ ...resource, attributes: { ratio: 1, a: 'b' } });
    expect(changed?.attributes[DOUBLES]?.has('ratio')).toBe(true);
  });

  it('have equal keys exactly when they do the same', () => {
    expect(resourceFill({ a: '1', b: '2' }, 's')?.key).toBe(resourceFill({ b: '2', a: '1' }, 's')?.key);
    expect(resourceFill({ a: '1' }, 's')?.key).not.toBe(resourceFill({ a: '1' }, undefined)?.key);
  });

  it.each(['records', 'otlp'] as const)('reach an exporter that reads %s, whatever face came in', async (reads) => {
    const seen: ResourceRecord['attributes'][] = [];
    const t = await startedChain({
      definition: { reads },
      config: { tags: { team: 'a' }, service_name: 'shop' },
      encode: function* (batch: Batch) {
        expect([batch.hasRecords, batch.hasOtlp]).toEqual([reads === 'records', reads === 'otlp']);
        const records = (reads === 'otlp' ? decode('logs', batch.otlp()) : batch.records()) as readonly LogRecord[];
        for (const { resource } of records) seen.push(resource.attributes);
        yield { body: [], items: { from: 0, to: batch.count } };
      },
      send: (): Outcome => delivered(),
    });
    const records = logs(3, { resource: { attributes: { 'host.name': 'h' } } });
    for (const batch of [batchFromRecords('logs', records), batchFromOtlp('logs', encode('logs', records))]) {
      await ticketOf(t.chain, batch as Batch).accept(batch as Batch);
      await t.settle();
    }
    expect(seen).toHaveLength(6);
    for (const attributes of seen) {
      expect({ ...attributes }).toEqual({ 'host.name': 'h', team: 'a', 'service.name': 'shop' });
    }
    expect(expectSettled(t.chain).delivered).toBe(6);
  });
});
