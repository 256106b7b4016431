import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { ConsumeError, type Pipeline, type PipelineInput } from '@telemetryflow/kernel';
import type { LogRecord, ResourceRecord } from '@telemetryflow/otlp';
import { fakeClock } from '@telemetryflow/testkit';
import { DropCount } from '../src/drop-count.ts';
import { ResourceGate } from '../src/resource-gate.ts';
import { SignalBuffer } from '../src/signal-buffer.ts';
import { recordingLogger } from './memory-exporter.ts';

const RESOURCE: ResourceRecord = { attributes: { 'service.name': 'shop' } };

function log(body: string, resource = RESOURCE): LogRecord {
  const times = { hrTime: [1, 0], hrTimeObserved: [1, 0] } as const;
  return { ...times, body, attributes: {}, droppedAttributesCount: 0, resource, instrumentationScope: { name: 'x' } };
}

function rig({ maxItems = 10_000 } = {}) {
  const clock = fakeClock();
  const { said, logger } = recordingLogger();
  const drops = new DropCount(clock, logger);
  const buffer = new SignalBuffer('logs', { gate: new ResourceGate(clock, logger), drops, maxItems });
  const handed: (readonly unknown[])[] = [];
  let answer: () => Promise<void> = async () => {};
  const pipeline = {
    accepts: (signal: string) => signal === 'logs',
    consume(input: PipelineInput) {
      handed.push('records' in input ? input.records.map((record) => (record as LogRecord).body) : []);
      return answer();
    },
  } as unknown as Pipeline;
  return {
    clock,
    said,
    drops,
    buffer,
    handed,
    pipeline,
    refuseWith(error: unknown) {
      answer = () => Promise.reject(error);
    },
    push(count: number, resource?: ResourceRecord) {
      for (let i = 0; i < count; i++) buffer.push(log(`${i}`, resource));
    },
    dropped: () => [...drops.entries()],
  };
}

describe('handing over', () => {
  test('happens once per turn of the event loop, with everything there is', async () => {
    const { buffer, handed, pipeline, push } = rig();
    buffer.open(pipeline);
    push(3);
    expect(handed).toEqual([]);
    await turn();
    push(1);
    await turn();
    expect(handed).toEqual([['0', '1', '2'], ['0']]);
  });

  test('happens at 512 items without waiting for the turn', () => {
    const { buffer, handed, pipeline, push } = rig();
    buffer.open(pipeline);
    push(511);
    expect(handed).toEqual([]);
    push(1);
    expect(handed.map(({ length }) => length)).toEqual([512]);
    expect(buffer.size).toBe(0);
  });

  test('waits for the pipeline, and then takes everything at once', async () => {
    const { buffer, handed, pipeline, push } = rig();
    push(1000);
    await turn();
    expect(buffer.size).toBe(1000);
    buffer.open(pipeline);
    expect(handed.map(({ length }) => length)).toEqual([1000]);
  });

  test('does not happen for a signal that the pipeline has nothing for', async () => {
    const { buffer, handed, pipeline, push, dropped } = rig();
    push(2);
    buffer.open({ ...pipeline, accepts: () => false });
    push(2);
    await turn();
    expect([handed, buffer.size, dropped()]).toEqual([[], 0, []]);
  });
});

describe('what is lost is counted and told', () => {
  test('more than the bound while the pipeline starts', () => {
    const { buffer, said, push, dropped } = rig({ maxItems: 100 });
    push(150);
    expect(buffer.size).toBe(100);
    expect(dropped()).toEqual([{ signal: 'logs', reason: 'queue_full', items: 50 }]);
    expect(said).toHaveLength(1);
  });

  test('what the pipeline refuses, by its reason; what it took and gave up is in its own books', async () => {
    const { buffer, pipeline, push, dropped, refuseWith } = rig();
    buffer.open(pipeline);
    for (const code of ['queue_full', 'memory', 'undelivered', 'shutdown'] as const) {
      refuseWith(new ConsumeError(code, 'no'));
      push(2);
      await turn();
    }
    refuseWith(new TypeError('a defect'));
    push(3);
    await turn();
    expect(dropped().map(({ reason, items }) => [reason, items])).toEqual([
      ['queue_full', 2],
      ['memory', 2],
      ['shutdown', 2],
      ['bug', 3],
    ]);
  });

  test('everything, once there will be no pipeline', () => {
    const { buffer, push, dropped } = rig();
    push(2);
    buffer.lose('unavailable');
    push(3);
    expect(dropped()).toEqual([{ signal: 'logs', reason: 'unavailable', items: 5 }]);
    expect(buffer.size).toBe(0);
  });

  test('with a line a minute at most, that sums up', async () => {
    const { buffer, clock, said, push } = rig({ maxItems: 1 });
    push(3);
    await clock.advance(59_000);
    push(4);
    expect(said.map(({ fields }) => fields['items'])).toEqual([1]);
    await clock.advance(1000);
    push(1);
    expect(said.map(({ fields }) => fields['items'])).toEqual([1, 6]);
    expect(said[1]?.fields['hint']).toContain('queue.max_requests');
    expect(buffer.size).toBe(1);
  });
});

describe('a resource whose attributes resolve later', () => {
  function late() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let waits = 0;
    const resource = {
      attributes: {},
      asyncAttributesPending: true,
      waitForAsyncAttributes: () => {
        waits += 1;
        return promise;
      },
    };
    return { resource, resolve, reject, waits: () => waits };
  }

  test('holds back its telemetry until they are there, once', async () => {
    const { buffer, handed, pipeline, push, said } = rig();
    const { resource, resolve, waits } = late();
    buffer.open(pipeline);
    push(600, resource);
    await turn();
    expect(handed).toEqual([]);
    resolve();
    await turn();
    push(1, resource);
    push(1);
    push(1, resource);
    await turn();
    expect(handed.map(({ length }) => length)).toEqual([600, 3]);
    expect(waits()).toBe(1);
    expect(said).toEqual([]);
  });

  test('is given five seconds, and then goes without, with a warning', async () => {
    const { buffer, clock, handed, pipeline, push, said } = rig();
    const { resource } = late();
    buffer.open(pipeline);
    push(1, resource);
    await clock.advance(4999);
    expect(handed).toEqual([]);
    await clock.advance(1);
    push(1, resource);
    await turn();
    expect(handed).toEqual([['0'], ['0']]);
    expect(said).toEqual([
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ waitedMs: 5000 }) }),
    ]);
  });

  test('that fails goes without at once, and rejects nowhere', async () => {
    const { buffer, handed, pipeline, push, said } = rig();
    const { resource, reject } = late();
    buffer.open(pipeline);
    push(1, resource);
    reject(new Error('no metadata server'));
    await turn();
    expect(handed).toEqual([['0']]);
    expect(said[0]?.fields['error']).toEqual(new Error('no metadata server'));
  });

  test('and another one are both waited for', async () => {
    const { buffer, handed, pipeline, push } = rig();
    const [first, second] = [late(), late()];
    buffer.open(pipeline);
    push(1, first.resource);
    push(1, second.resource);
    second.resolve();
    await turn();
    expect(handed).toEqual([]);
    first.resolve();
    await turn();
    expect(handed).toEqual([['0', '0']]);
  });

  test('does not hold up the end', async () => {
    const { buffer, handed, pipeline, push } = rig();
    buffer.open(pipeline);
    push(1, late().resource);
    buffer.handOver({ complete: false });
    expect(handed).toEqual([['0']]);
  });
});
