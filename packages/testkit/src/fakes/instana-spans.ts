/** Reads lists of spans as Instana's serverless acceptor takes them. Not written from the exporter. */
import { parseStrictJson } from './strict-json.ts';

/** A span in the format of Instana's own tracers; times are milliseconds. */
export interface InstanaSpan {
  readonly n: 'otel';
  /** The last 16 digits of the trace id, the whole of it, the span id, and that of the parent. */
  readonly t: string;
  readonly lt: string;
  readonly s: string;
  readonly p?: string;
  readonly ts: number;
  readonly d: number;
  readonly tp?: true;
  readonly ec: 0 | 1;
  readonly f: { readonly hl: true; readonly e: string; readonly cp?: 'aws' | 'gcp' | 'azure' };
  readonly data: InstanaSpanData;
}

/** The part `data` of a span. */
export interface InstanaSpanData {
  readonly kind: string;
  readonly service?: string;
  readonly operation: string;
  readonly trace_state?: string;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly events?: readonly InstanaSpanEvent[];
  readonly error?: string;
  readonly error_detail?: string;
}

/** An event of a span. */
export interface InstanaSpanEvent {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Seconds and nanoseconds. */
  readonly time: readonly [number, number];
  readonly droppedAttributesCount: number;
}

type Check = (value: unknown, all: Readonly<Record<string, unknown>>) => boolean;

const id: Check = (value) => typeof value === 'string' && /^(?!0{16})[0-9a-f]{16}$/.test(value);
const text: Check = (value) => typeof value === 'string' && value.isWellFormed();
const whole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): boolean => value === null || typeof value !== 'object';
const tags: Check = (value) =>
  isMap(value) && Object.values(value).every((each) => isScalar(each) || (Array.isArray(each) && each.every(isScalar)));

/** A member is demanded unless its name ends with `?`. */
type Shape = Readonly<Record<string, Check>>;

const FROM: Shape = {
  hl: (value) => value === true,
  e: (value) => text(value, {}) && value !== '',
  'cp?': (value) => value === 'aws' || value === 'gcp' || value === 'azure',
};
const EVENT: Shape = {
  name: text,
  attributes: tags,
  time: (value) => Array.isArray(value) && value.length === 2 && value.every((each) => whole(each, {})),
  droppedAttributesCount: whole,
};
const DATA: Shape = {
  kind: (value) => /^(internal|server|client|producer|consumer)$/.test(String(value)),
  'service?': (value) => text(value, {}) && value !== '',
  operation: text,
  'trace_state?': (value) => text(value, {}) && value !== '',
  tags,
  'events?': (value) => Array.isArray(value) && value.length > 0 && value.every((each) => has(each, EVENT)),
  'error?': (value) => value === 'ERROR',
  'error_detail?': (value, { error }) => text(value, {}) && error !== undefined,
};
const SPAN: Shape = {
  n: (value) => value === 'otel',
  // Sixteen zeros are the end of a legal trace id.
  t: (value, { lt }) => typeof value === 'string' && value.length === 16 && String(lt).endsWith(value),
  lt: (value) => typeof value === 'string' && /^(?!0{32})[0-9a-f]{32}$/.test(value),
  s: id,
  'p?': id,
  ts: whole,
  d: whole,
  'tp?': (value, { p, data }) =>
    value === true && p !== undefined && /server|consumer/.test(String(isMap(data) && data['kind'])),
  ec: (value, { data }) => value === (isMap(data) && data['error'] !== undefined ? 1 : 0),
  f: (value) => has(value, FROM),
  data: (value) => has(value, DATA),
};

function has(value: unknown, shape: Shape): boolean {
  return isMap(value) && problemOf(value, shape) === undefined;
}

function problemOf(value: Readonly<Record<string, unknown>>, shape: Shape): string | undefined {
  for (const [name, check] of Object.entries(shape)) {
    const key = name.replace('?', '');
    if (value[key] === undefined && name.endsWith('?')) continue;
    if (!check(value[key], value)) return `${key} is ${JSON.stringify(value[key])}`;
  }
  const unknown = Object.keys(value).find((key) => shape[key] === undefined && shape[`${key}?`] === undefined);
  return unknown === undefined ? undefined : `${unknown} is no member`;
}

/**
 * The spans of a body; throws a sentence about what is wrong with it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import instana from '@telemetryflow/exporter-instana';
 * import {
 *   type InstanaSpan,
 *   type InstanaSpanData,
 *   type InstanaSpanEvent,
 *   readInstanaSpans,
 *   spans,
 *   startBackend,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 201 });
 * const block = { endpoint_url: backend.url, agent_key: 'agent-key', protocol: 'native' };
 * await throughPipeline(instana, block, 'traces', spans(1, { variety: 'plain' }));
 * await backend.close();
 * const [span]: InstanaSpan[] = backend.requests.flatMap(({ body }) => readInstanaSpans(body));
 * const data: InstanaSpanData | undefined = span?.data;
 * const event: InstanaSpanEvent | undefined = data?.events?.[0];
 * assert.deepEqual([data?.kind, data?.service, event?.name], ['internal', 'shop', 'started']);
 * ```
 */
export function readInstanaSpans(body: Uint8Array): InstanaSpan[] {
  const list = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (!Array.isArray(list)) throw new Error('The payload is no array.');
  for (const span of list as readonly unknown[]) {
    const problem = isMap(span) ? problemOf(span, SPAN) : 'no object';
    if (problem !== undefined) throw new Error(`Malformed span: ${problem}`);
  }
  return list as InstanaSpan[];
}
