/** The official OTLP/HTTP exporters in a pipeline, against a strict OTLP backend. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import otelJs from '@telemetryflow/exporter-otel-js';
import { createPipeline, type PipelineInput } from '@telemetryflow/kernel';
import { encode, type RecordOf, type Signal } from '@telemetryflow/otlp';
import {
  corpus,
  type FakeOtlp,
  fakeOtlp,
  itemIds,
  otlpBody,
  otlpFailure,
  otlpGrpcPartial,
  recordsOf,
  startBackend,
  startOtlpGrpc,
} from '@telemetryflow/testkit';
import { meaning } from '../../../otlp/test/meaning.ts';
import { officialBlock } from './official.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;
/** The SDK has no summaries; see `encode.test.ts`. */
const KINDS = { kinds: ['gauge', 'counter', 'updown', 'histogram', 'exponential_histogram'] } as const;

let backend: FakeOtlp;
beforeEach(async () => {
  backend = await fakeOtlp();
});
afterEach(() => backend.close());

async function started(signal: Signal, url: string, more: Record<string, unknown> = {}) {
  const said: string[] = [];
  // A busy machine may take longer to stop than the pipeline is silent about.
  const note = (message: string, more?: unknown): void => {
    if (message !== 'Still stopping.') said.push(`${message} ${JSON.stringify(more)}`);
  };
  const block = { ...officialBlock(signal, { url, caFile: undefined }), ...more };
  const pipeline = await createPipeline(
    { exporters: { [`otel_js/${signal}`]: block } },
    { plugins: [otelJs], logger: { error: note, warn: note, info: () => {}, debug: () => {} } },
  );
  await pipeline.start();
  const send = (records: readonly RecordOf[Signal][]) => pipeline.consume({ signal, records } as PipelineInput);
  return { pipeline, send, said };
}

describe.each(SIGNALS)('%s', (signal) => {
  test('arrive as they were handed over', async () => {
    const records = recordsOf(signal, 40, { ...KINDS, variety: 'plain' });
    const { pipeline, send, said } = await started(signal, backend.url);
    await send(records);
    const report = await pipeline.shutdown();
    expect(said).toEqual([]);
    expect(report).toMatchObject({ delivered: 40, pending: 0, dropped: 0 });
    const bodies = backend.requests.map((request) => meaning(signal, otlpBody(request)));
    expect(asTheSdkHasIt(bodies.flat())).toEqual(asTheSdkHasIt(meaning(signal, encode(signal, records as never))));
  });

  test('with every pair of properties arrive as the SDK can have them, and the rest is dropped by name', async () => {
    const records = corpus()[signal] as readonly RecordOf[Signal][];
    const { pipeline, send, said } = await started(signal, backend.url);
    await send(records);
    const report = await pipeline.shutdown();
    expect({ ...report, total: report.delivered + report.dropped }).toMatchObject({
      total: itemIds(records).length,
      pending: 0,
    });
    expect(Object.keys(report.reasons)).toEqual(signal === 'metrics' ? ['unsupported'] : []);
    expect(new Set(backend.items[signal]).size).toBe(report.delivered);
    expect(said.filter((each) => !each.includes('unsupported'))).toEqual([]);
    const bodies = backend.requests.map((request) => meaning(signal, otlpBody(request)));
    expect(asTheSdkHasIt(bodies.flat())).toEqual(asTheSdkHasIt(meaning(signal, encode(signal, records as never))));
  });

  test('refused for good are dropped with what the backend said', async () => {
    const strict = await startBackend((request) => otlpFailure(request, 400, 'no such tenant'));
    const { pipeline, send, said } = await started(signal, strict.url);
    await send(recordsOf(signal, 3, KINDS));
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 0, dropped: 3, reasons: { invalid: 3 } });
    expect(said.join('\n')).toContain('no such tenant');
    await strict.close();
  });

  test('refused in part are dropped in part, with what the backend said', async () => {
    const rejected = { traces: 'rejectedSpans', metrics: 'rejectedDataPoints', logs: 'rejectedLogRecords' }[signal];
    const partialSuccess = { [rejected]: '2', errorMessage: 'two are too old' };
    const body = JSON.stringify({ partialSuccess });
    const strict = await startBackend(() => ({ status: 200, headers: { 'content-type': 'application/json' }, body }));
    const { pipeline, send, said } = await started(signal, strict.url);
    await send(recordsOf(signal, 3, { ...KINDS, variety: 'plain' }));
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 1, dropped: 2, reasons: { rejected: 2 } });
    expect(said.join('\n')).toContain('two are too old');
    await strict.close();
  });

  test('whose credentials are refused wait as with any exporter', async () => {
    const closed = await startBackend((request) => otlpFailure(request, 401, 'who are you'));
    const { pipeline, send } = await started(signal, closed.url);
    await send(recordsOf(signal, 3, KINDS));
    expect(await pipeline.forceFlush()).toMatchObject({ delivered: 0, pending: 3 });
    expect(pipeline.status().components[`exporter:otel_js/${signal}`]?.message).toMatch(/auth/);
    await pipeline.shutdown({ timeoutMs: 100 });
    await closed.close();
  });
});

test('a partial success is read of the exporters that write protobuf, too', async () => {
  const body = otlpGrpcPartial(2, 'two are too old');
  const http = await startBackend(() => ({ status: 200, headers: { 'content-type': 'application/x-protobuf' }, body }));
  const grpc = await startOtlpGrpc({ response: body });
  for (const [module, url] of [
    ['@opentelemetry/exporter-trace-otlp-proto', `${http.url}/v1/traces`],
    ['@opentelemetry/exporter-trace-otlp-grpc', grpc.url],
  ]) {
    const { pipeline, send } = await started('traces', backend.url, { module, options: { url } });
    await send(recordsOf('traces', 3));
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 1, reasons: { rejected: 2 } });
  }
  await http.close();
  await grpc.close();
});

test('credentials go into the headers of the exporter, and not into its options', async () => {
  const headers = { authorization: 'Bearer s3cret' };
  const { pipeline, send } = await started('traces', backend.url, { headers });
  await send(recordsOf('traces', 1));
  await pipeline.shutdown();
  expect(backend.requests[0]?.headers['authorization']).toBe('Bearer s3cret');
});

const NOT_IN_THE_SDK = ['flags', 'exemplars', 'zeroThreshold', 'metadata'];

/** Without what the types of the SDK lack, see docs/reference/records.md, and with the numbers that it can carry. */
function asTheSdkHasIt(items: unknown): unknown {
  const known = (items as readonly { readonly item: object }[]).filter(({ item }) => !('summary' in item));
  const text = JSON.stringify(known, (key, value) => (NOT_IN_THE_SDK.includes(key) ? undefined : asNumbersGo(value)));
  return JSON.parse(text);
}

interface Numbers {
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly asInt?: string;
  readonly asDouble?: number;
}

/** What is too wide is text as an attribute, and the nearest double as a point; JSON has no -0, NaN and infinity. */
function asNumbersGo(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { intValue, doubleValue, asInt, asDouble, ...rest } = value as Numbers;
  if (intValue !== undefined && !Number.isSafeInteger(Number(intValue))) return { stringValue: intValue };
  if (Object.is(doubleValue, -0)) return { intValue: '0' };
  if (doubleValue !== undefined && isTooWide(doubleValue)) return { stringValue: String(doubleValue) };
  if (asInt !== undefined && isTooWide(Number(asInt))) return { ...rest, asDouble: Number(asInt) };
  if (asDouble === 0) return { ...rest, asInt: '0' };
  if (asDouble !== undefined && !Number.isFinite(asDouble)) return rest;
  return value;
}

function isTooWide(value: number): boolean {
  return !Number.isFinite(value) || (Number.isInteger(value) && Math.abs(value) >= 2 ** 63);
}
