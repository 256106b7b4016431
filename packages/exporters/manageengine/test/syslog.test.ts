import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createPipeline, type Pipeline } from '@telemetryflow/kernel';
import { contextOf, corpus, logs } from '@telemetryflow/testkit';
import manageengine from '../src/index.ts';
import type { SyslogBody } from '../src/opmanager/encode-syslog.ts';
import { type Block, encoded, record } from './setup.ts';

const SYSLOG: Block = { logs_mode: 'syslog', syslog_endpoint: 'udp://127.0.0.1:514' };
/** RFC 3164, section 4.1: priority, date, host, tag and text. */
const FORM = /^<(\d{1,3})>([A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}) (\S+) ([\w.-]{1,32}): (.*)$/s;

async function datagramsOf(differs: Parameters<typeof record>[0], block: Block = {}): Promise<readonly string[]> {
  const { payloads } = await encoded('logs', [record(differs)], { ...SYSLOG, ...block });
  return payloads.flatMap(({ body }) => (body as SyslogBody).datagrams);
}

describe('a datagram', () => {
  test('has priority, date, host, service and text', async () => {
    expect(await datagramsOf({ hrTime: [1_767_225_606, 0] })).toEqual([
      '<131>Jan  1 00:00:06 web-1 shop: payment failed',
    ]);
  });

  test.each<[number | undefined, number]>([
    [21, 130],
    [17, 131],
    [13, 132],
    [9, 134],
    [5, 135],
    [1, 135],
    [undefined, 133],
  ])('of severity %s has the priority %s', async (severityNumber, priority) => {
    const [datagram] = await datagramsOf({ severityNumber });
    expect(datagram).toMatch(new RegExp(`^<${priority}>`));
  });

  test('is one line of 1024 bytes at most, with tags and the trace', async () => {
    const [long = ''] = await datagramsOf({ body: `a\n${'é'.repeat(2000)}` });
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(1024);
    expect(long).toMatch(FORM);
    expect(long).not.toMatch(/\p{Cc}|\ufffd/u);
    const [short] = await datagramsOf(
      { spanContext: contextOf(0), resource: { attributes: { a: 'b', 'service.name': 'a shop:x' } } },
      { tags: { a: 'z' }, device_name: 'core 1' },
    );
    expect(short).toMatch(/ core_1 a_shop_x: payment failed \[a=b trace_id=[0-9a-f]{32}\]$/);
  });

  test('is made of every kind of record', async () => {
    const records = corpus().logs;
    const { payloads, drops } = await encoded('logs', records, SYSLOG);
    const datagrams = payloads.flatMap(({ body }) => (body as SyslogBody).datagrams);
    expect(drops).toEqual([]);
    expect(datagrams).toHaveLength(records.length);
    for (const datagram of datagrams) expect(datagram).toMatch(FORM);
  });
});

describe('in a pipeline', () => {
  let server: Socket | undefined;
  let pipeline: Pipeline | undefined;
  afterEach(async () => {
    await pipeline?.shutdown({ timeoutMs: 0 });
    server?.close();
    server = undefined;
  });

  const silent = (): void => undefined;
  const logger = { error: silent, warn: silent, info: silent, debug: silent };

  async function start(port: number): Promise<void> {
    const block = {
      api_key: 'k',
      metrics: false,
      logs_mode: 'syslog',
      syslog_endpoint: `udp://127.0.0.1:${port}`,
      flush_interval: '10ms',
    };
    pipeline = await createPipeline({ exporters: { manageengine: block } }, { plugins: [manageengine], logger });
    await pipeline.start();
  }

  test('every record arrives as a datagram of its own', async () => {
    const received: string[] = [];
    server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const all = new Promise<void>((resolve) => {
      server?.on('message', (bytes) => {
        if (received.push(bytes.toString()) === 20) resolve();
      });
    });
    await start((server.address() as AddressInfo).port);
    await pipeline?.consume({ signal: 'logs', records: logs(20, { variety: 'plain' }) });
    await pipeline?.forceFlush();
    await all;
    expect(received.map((text) => FORM.exec(text)?.[5]?.replace(/ \[.*/, ''))).toEqual(
      Array.from({ length: 20 }, (_, at) => `request ${at} handled`),
    );
    expect(await pipeline?.shutdown()).toMatchObject({ delivered: 20, dropped: 0 });
  });

  test('a port where nobody listens is a failure where the system says so, and nothing throws', async () => {
    const closed = createSocket('udp4');
    closed.bind(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    await new Promise<void>((resolve) => closed.close(() => resolve()));
    await start(port);
    await pipeline?.consume({ signal: 'logs', records: logs(5, { variety: 'plain' }) });
    const { delivered = 0, dropped = 0, pending } = (await pipeline?.shutdown()) ?? {};
    expect({ sum: delivered + dropped, pending }).toEqual({ sum: 5, pending: 0 });
  });
});
