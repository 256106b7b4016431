import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ANSWERED_ITEMS,
  type Answers,
  exporterFor,
  fakeNetdataStatsd,
  type GrpcAnswer,
  type GrpcRequest,
  metrics,
  startAnswers,
  startOtlpGrpc,
} from '@telemetryflow/testkit';
import fc from 'fast-check';
import netdata from '../src/index.ts';
import { encodeAll, payloadsOf } from './setup.ts';

describe('answers of an Agent to OTLP', () => {
  let answers: Answers<GrpcAnswer>;
  beforeAll(async () => {
    answers = await startAnswers<GrpcRequest, GrpcAnswer>({
      definition: netdata,
      config: ({ url }) => ({ metrics_endpoint: url }),
      start: (script, { tls }) => startOtlpGrpc(script, { tls }),
      signal: 'metrics',
    });
  });
  afterAll(() => answers.close());

  test.each<[number, string, object]>([
    [0, '', {}],
    [3, 'no such metric', { dropped: [{ reason: 'invalid' }] }],
    [7, '', { retry: { reason: 'auth' } }],
    [8, 'quota', { dropped: [{ reason: 'rejected' }] }],
    [8, 'message larger than max', { split: { reason: 'too_large' } }],
    [12, 'unknown service', { dropped: [{ reason: 'invalid' }] }],
    [13, 'the journal cannot be written', { dropped: [{ reason: 'rejected' }] }],
    [14, 'starting', { retry: { items: 'all', reason: 'unavailable' } }],
    [16, '', { retry: { items: 'all', reason: 'auth' } }],
  ])('%i %s', async (code, text, expected) => {
    const outcome = await answers.to({ code, text });
    if (Object.keys(expected).length === 0) expect(outcome).toEqual({});
    else expect(outcome).toMatchObject(expected);
  });

  test('a connection that breaks is met by StatsD where there is such a port, else by another attempt', async () => {
    expect(await answers.to({ fault: 'reset' })).toMatchObject({ retry: { items: 'all', reason: 'network' } });
  });

  test('no answer whatever makes it throw, or lose more than the request held', async () => {
    const response = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 20 }), response, async (code, bytes) => {
        const { dropped = [], retry } = await answers.to({ code, response: bytes, details: bytes });
        for (const { items } of dropped) {
          if (typeof items === 'number') expect(items).toBeLessThanOrEqual(ANSWERED_ITEMS);
          else expect(items).toEqual({ from: 0, to: Number.POSITIVE_INFINITY });
        }
        expect(retry?.items ?? 'all').toBe('all');
      }),
      { numRuns: 100 },
    );
  });
});

describe('what becomes of lines of StatsD, which are never answered,', () => {
  async function outcome(port: number) {
    const exporter = await exporterFor(netdata, { metrics_endpoint: `statsd://127.0.0.1:${port}` }, 'metrics');
    const [payload] = payloadsOf(encodeAll(exporter, metrics(3, { variety: 'plain' })));
    if (payload === undefined) throw new Error('nothing to send');
    try {
      return await exporter.send(payload, { signal: AbortSignal.timeout(30_000), attempt: 1 });
    } finally {
      await exporter.stop?.();
    }
  }

  test('a port that takes them: they are delivered', async () => {
    const agent = await fakeNetdataStatsd();
    expect(await outcome(agent.port)).toEqual({});
    await agent.close();
  });

  test('a closed port: they are sent again, and the reason names the port', async () => {
    const agent = await fakeNetdataStatsd();
    const { port } = agent;
    await agent.close();
    expect(await outcome(port)).toMatchObject({
      retry: { items: 'all', reason: 'network', detail: expect.stringContaining(`tcp://127.0.0.1:${port}`) },
    });
  });
});
