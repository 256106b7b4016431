/** A strict Agent of Datadog: its own intake for traces, `PUT /v0.4/traces`. Not written from the exporter. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { type MsgpackValue, readMsgpack } from './msgpack.ts';

/** A span as the Agent has it. */
export interface DatadogSpan {
  readonly service: string;
  readonly name: string;
  readonly resource: string;
  readonly type: string;
  readonly trace_id: bigint;
  readonly span_id: bigint;
  /** 0 for a root. */
  readonly parent_id: bigint;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  /** Nanoseconds. */
  readonly duration: bigint;
  readonly error: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

const PATH = '/v0.4/traces';
const MAX_BYTES = 25_000_000;
const LONGEST = { service: 100, name: 100, resource: 5000, type: 100 };
const PRIORITY = '_sampling_priority_v1';
/** Spans that began before are given another time. */
const YEAR_2000_NANOS = 946_684_800_000_000_000n;

/** Refused for its size. */
class TooLarge extends Error {}

/**
 * The traces of a request; throws a sentence about what the Agent would refuse, change or leave out.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import datadog from '@telemetryflow/exporter-datadog';
 * import {
 *   type DatadogSpan,
 *   readDatadogTraces,
 *   spans,
 *   startBackend,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ body: {} });
 * const apm = { enabled: true, protocol: 'agent_v04' };
 * const block = { api_key: '0123456789abcdef0123456789abcdef', endpoint: backend.url, apm };
 * await throughPipeline(datadog, block, 'traces', spans(1, { variety: 'plain' }));
 * await backend.close();
 * const [span]: DatadogSpan[] = backend.requests.flatMap(readDatadogTraces).flat();
 * assert.deepEqual([span?.service, span?.meta['item.id']], ['shop', 'item-0']);
 * ```
 */
export function readDatadogTraces(request: RecordedRequest): DatadogSpan[][] {
  const { headers, body } = request;
  if (request.path !== PATH) throw new Error(`${request.path} is no intake.`);
  if (request.method !== 'PUT') throw new Error(`${request.method} is not PUT.`);
  if (headers['content-type'] !== 'application/msgpack') throw new Error(`The type is ${headers['content-type']}.`);
  if (headers['content-encoding'] !== undefined) throw new Error('The body is compressed.');
  if (headers['dd-api-key'] !== undefined) throw new Error('An Agent is not to be shown the key.');
  if (body.length > MAX_BYTES) throw new TooLarge('Payload too big');
  for (const name of ['lang', 'lang-version', 'lang-interpreter', 'tracer-version']) {
    if (!headers[`datadog-meta-${name}`]) throw new Error(`Nothing says the ${name} of the tracer.`);
  }
  // Without it an Agent that is overloaded answers 200 to what it throws away.
  if (headers['datadog-send-real-http-status'] !== 'true') throw new Error('No real status is asked for.');
  const traces = readMsgpack(body);
  if (!Array.isArray(traces) || traces.length === 0) throw new Error('There is no list of traces.');
  if (headers['x-datadog-trace-count'] !== String(traces.length)) throw new Error('Another number of traces is told.');
  return (traces as readonly MsgpackValue[]).map(readTrace);
}

function readTrace(value: MsgpackValue): DatadogSpan[] {
  if (!Array.isArray(value) || value.length === 0) throw new Error('A trace without spans.');
  const spans = (value as readonly MsgpackValue[]).map(readSpan);
  const [first] = spans;
  if (first?.metrics[PRIORITY] === undefined) throw new Error('A trace without sampling priority.');
  if (spans.some((span) => span.trace_id !== first.trace_id)) throw new Error('Spans of several traces in one.');
  return spans;
}

type Fields = ReadonlyMap<string, MsgpackValue>;
const LONG: ReadonlySet<string> = new Set(['trace_id', 'span_id', 'parent_id', 'start', 'duration']);
const OTHERS: ReadonlySet<string> = new Set(['error', 'meta', 'metrics']);

function readSpan(value: MsgpackValue): DatadogSpan {
  if (!(value instanceof Map)) throw new Error('A span that is no map.');
  const fields: Fields = value;
  for (const [name, longest] of Object.entries(LONGEST)) {
    const text = fields.get(name);
    if (typeof text !== 'string' || text === '') throw new Error(`There is no ${name}.`);
    if (Buffer.byteLength(text) > longest) throw new Error(`The ${name} would be cut.`);
  }
  for (const name of LONG) {
    if (typeof fields.get(name) !== 'bigint') throw new Error(`The ${name} is not of 64 bits.`);
  }
  const unknown = [...fields.keys()].find((name) => !(name in LONGEST || LONG.has(name) || OTHERS.has(name)));
  if (unknown !== undefined) throw new Error(`The field ${unknown} is unknown.`);
  if (fields.get('trace_id') === 0n || fields.get('span_id') === 0n) throw new Error('An id of zeros.');
  if ((fields.get('start') as bigint) < YEAR_2000_NANOS) throw new Error('A start before the year 2000.');
  if ((fields.get('duration') as bigint) < 0n) throw new Error('A negative duration.');
  if (![0, 1].includes(fields.get('error') as number)) throw new Error('The error is neither 0 nor 1.');
  const meta = plain(fields, 'meta', 'string');
  const metrics = plain(fields, 'metrics', 'number');
  for (const key of Object.keys(metrics)) {
    if (!Number.isFinite(metrics[key])) throw new Error(`The metric ${key} is not finite.`);
    if (key in meta) throw new Error(`The tag ${key} is a text and a number.`);
  }
  for (const name of ['events', '_dd.span_links']) JSON.parse((meta[name] as string | undefined) ?? '[]');
  return { ...Object.fromEntries(fields), meta, metrics } as unknown as DatadogSpan;
}

function plain(fields: Fields, name: string, type: 'string' | 'number'): Record<string, string | number> {
  const map = fields.get(name);
  if (!(map instanceof Map)) throw new Error(`There is no ${name}.`);
  for (const [key, value] of map) {
    if (typeof value !== type) throw new Error(`${name}.${key} is no ${type}.`);
  }
  return Object.fromEntries(map as ReadonlyMap<string, string | number>);
}

const TAKEN: Answer = {
  headers: { 'content-type': 'application/json' },
  body: { rate_by_service: { 'service:,env:': 1 } },
};

/**
 * How an Agent answers, for `exporterContract` and `runFaultMatrix`: what is refused is never named.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import datadog from '@telemetryflow/exporter-datadog';
 * import { DATADOG_AGENT_PROFILE, exporterContract } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: datadog,
 *   config: ({ url }) => ({
 *     api_key: '0123456789abcdef0123456789abcdef',
 *     endpoint: url,
 *     apm: { enabled: true, protocol: 'agent_v04' },
 *   }),
 *   backend: DATADOG_AGENT_PROFILE,
 *   signals: ['traces'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const DATADOG_AGENT_PROFILE: BackendProfile = {
  decode: (request) => {
    return readDatadogTraces(request).flatMap((spans) => spans.map(({ meta }) => meta[ITEM_ID] ?? 'span without id'));
  },
  success: () => TAKEN,
  transient: () => ({ status: 503 }),
  permanent: () => ({ status: 415 }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  tooLarge: () => ({ status: 413 }),
};

/** A running {@link fakeDatadogAgent}. */
export interface FakeDatadogAgent extends Backend {
  /** Lists of spans, one per trace and request, in order of arrival. */
  readonly traces: readonly (readonly DatadogSpan[])[];
}

/**
 * Start an Agent that keeps what it takes, and refuses the rest.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import datadog from '@telemetryflow/exporter-datadog';
 * import { type FakeDatadogAgent, fakeDatadogAgent, spans, throughPipeline } from '@telemetryflow/testkit';
 *
 * const agent: FakeDatadogAgent = await fakeDatadogAgent();
 * const apm = { enabled: true, protocol: 'agent_v04' };
 * const block = { api_key: '0123456789abcdef0123456789abcdef', endpoint: agent.url, apm };
 * await throughPipeline(datadog, block, 'traces', spans(2));
 * await agent.close();
 * assert.deepEqual(
 *   agent.traces.flat().map(({ meta }) => meta['item.id']),
 *   ['item-0', 'item-1'],
 * );
 * ```
 */
export async function fakeDatadogAgent(options: BackendOptions = {}): Promise<FakeDatadogAgent> {
  const traces: DatadogSpan[][] = [];
  const backend = await startBackend((request) => {
    try {
      traces.push(...readDatadogTraces(request));
      return TAKEN;
    } catch (error) {
      if (error instanceof TooLarge) return { status: 413, body: error.message };
      return { status: 400, body: error instanceof Error ? error.message : String(error) };
    }
  }, options);
  return Object.defineProperties(backend, { traces: { value: traces, enumerable: true } }) as FakeDatadogAgent;
}
