/** A strict Instana: its serverless acceptor (spans and processes), its OTLP acceptor and the event API of a host agent, at one address. */
import { decode, type Signal } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { type InstanaSnapshot, readInstanaSnapshots } from './instana-plugins.ts';
import { type InstanaSpan, readInstanaSpans } from './instana-spans.ts';
import { OTLP_PROFILE, otlpBody, otlpFailure } from './otlp.ts';
import { parseStrictJson } from './strict-json.ts';

/** What can be set. */
export interface InstanaRules {
  /** The only agent key that is taken; default: any. */
  readonly key?: string;
}

/** An event of a host agent. */
export interface InstanaEvent {
  readonly title: string;
  readonly text: string;
  /** -1, 5 or 10. */
  readonly severity: number;
  /** Milliseconds. */
  readonly timestamp?: number;
  readonly plugin?: string;
  readonly id?: string;
  readonly host?: string;
}

/** What a request brought. */
export interface InstanaTaken {
  readonly spans?: readonly InstanaSpan[];
  readonly snapshots?: readonly InstanaSnapshot[];
  readonly event?: InstanaEvent;
  /** The signal of an OTLP request, whose body is valid. */
  readonly otlp?: Signal;
}

const MAX_NATIVE_BYTES = 5 * 1024 * 1024;
/** Proxies in front of the acceptor put a path before its own. */
const NATIVE_PATH = /^(\/[\w-]+)*\/(traces|metrics)$/;
const OTLP_PATH = /^\/v1\/(traces|metrics|logs)$/;
const EVENT_PATH = '/com.instana.plugin.generic.event';
const EVENT_MEMBERS = /^(title|text|severity|timestamp|duration|plugin|id|host)$/;
const ORIGINS = ['host.id', 'faas.id', 'device.id'];

/**
 * What Instana answers to a request, and what it takes: all of it or nothing.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type InstanaEvent, type InstanaTaken, judgeInstana, startBackend } from '@telemetryflow/testkit';
 *
 * const event: InstanaEvent = { title: 'Deployed', text: 'shop 1.2.3', severity: -1 };
 * const taken: InstanaTaken[] = [];
 * const backend = await startBackend((request) => {
 *   const judged = judgeInstana(request);
 *   taken.push(judged.taken);
 *   return judged.answer;
 * });
 * await fetch(`${backend.url}/com.instana.plugin.generic.event`, {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/json' },
 *   body: JSON.stringify(event),
 * });
 * await backend.close();
 * assert.deepEqual(taken, [{ event }]);
 * ```
 */
export function judgeInstana(
  request: RecordedRequest,
  { key }: InstanaRules = {},
): { readonly answer: Answer; readonly taken: InstanaTaken } {
  const { path, headers } = request;
  const otlp = OTLP_PATH.exec(path)?.[1] as Signal | undefined;
  const refuse = (status: number, text: string): { readonly answer: Answer; readonly taken: InstanaTaken } => ({
    answer: otlp === undefined ? { status, body: text } : otlpFailure(request, status, text),
    taken: {},
  });
  if (otlp === undefined && path !== EVENT_PATH && !NATIVE_PATH.test(path)) return refuse(404, 'no such path');
  if (request.method !== 'POST') return refuse(405, 'not POST');
  const given = headers['x-instana-key'];
  if (path !== EVENT_PATH && (given === undefined || given === '' || (key !== undefined && given !== key))) {
    return refuse(401, 'no such agent key');
  }
  try {
    if (otlp !== undefined) {
      checkOtlp(otlp, request);
      return { answer: OTLP_PROFILE.success(request), taken: { otlp } };
    }
    if (headers['content-encoding'] !== undefined) return refuse(415, 'bodies are taken as they are');
    if (headers['content-type'] !== 'application/json') return refuse(415, `content type ${headers['content-type']}`);
    if (path === EVENT_PATH) return { answer: { status: 200 }, taken: { event: readEvent(request) } };
    if (request.body.length > MAX_NATIVE_BYTES) return refuse(413, 'more than 5 MiB');
    if (!/^[\x21-\x7e]+$/.test(String(headers['x-instana-host'] ?? ''))) return refuse(400, 'no x-instana-host');
    const isSpans = path.endsWith('/traces');
    const taken = isSpans
      ? { spans: readInstanaSpans(request.body) }
      : { snapshots: readInstanaSnapshots(request.body) };
    return { answer: { status: 201 }, taken };
  } catch (error) {
    return refuse(400, error instanceof Error ? error.message : String(error));
  }
}

/** Valid OTLP, with an origin, and nothing that Instana would leave out of its charts without a word. */
function checkOtlp(signal: Signal, request: RecordedRequest): void {
  const body = otlpBody(request);
  const hasHost = request.headers['x-instana-host'] !== undefined;
  for (const record of decode(signal, body)) {
    const { attributes } = record.resource;
    if (!hasHost && ORIGINS.every((name) => !attributes[name])) throw new Error('A resource without host.id.');
    if ('scopeMetrics' in record) {
      for (const { metrics } of record.scopeMetrics) {
        for (const { dataPointType } of metrics) {
          // DataPointType: exponential histograms and summaries are not listed among what is supported.
          if (dataPointType === 1 || dataPointType === 4) throw new Error(`Metric type ${dataPointType} is not shown.`);
        }
      }
    } else if ('severityNumber' in record && (record.severityNumber ?? 0) > 0 && !record.severityText) {
      throw new Error('The level UNKNOWN, for there is no severity text.');
    }
  }
}

function readEvent(request: RecordedRequest): InstanaEvent {
  const event = parseStrictJson(request.text()) as InstanaEvent;
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new Error('No event.');
  const unknown = Object.keys(event).find((name) => !EVENT_MEMBERS.test(name));
  if (unknown !== undefined) throw new Error(`${unknown} is no member of an event.`);
  const { title, text, severity, timestamp } = event;
  if (typeof title !== 'string' || title.length > 256) throw new Error('The title has more than 256 characters.');
  if (typeof text !== 'string' || Buffer.byteLength(text) > 8000) throw new Error('The text has more than 8 kB.');
  if (![-1, 5, 10].includes(severity)) throw new Error(`The severity is ${severity}.`);
  if (timestamp !== undefined && !Number.isSafeInteger(timestamp)) throw new Error(`The timestamp is ${timestamp}.`);
  return event;
}

function idsOf(request: RecordedRequest): string[] {
  const { answer, taken } = judgeInstana(request);
  if ((answer.status ?? 200) >= 300) throw new Error(`answered ${answer.status}: ${String(answer.body)}`);
  if (taken.otlp !== undefined) return [...OTLP_PROFILE.decode(request)];
  if (taken.event !== undefined) return [/^item\.id=(.*)$/m.exec(taken.event.text)?.[1] ?? 'event without id'];
  if (taken.snapshots !== undefined) return taken.snapshots.map(({ data }) => `item-${data.pid - 1}`);
  return (taken.spans ?? []).map(({ data }) => String(data.tags[ITEM_ID] ?? 'span without id'));
}

/**
 * How the acceptor and a host agent answer, for `exporterContract` and `runFaultMatrix`. Snapshots of processes carry
 * no attributes: the pid is the number of the item, plus one.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import instana from '@telemetryflow/exporter-instana';
 * import { exporterContract, INSTANA_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: instana,
 *   config: ({ url }) => ({ endpoint_url: url, agent_key: 'agent-key', protocol: 'native' }),
 *   backend: INSTANA_PROFILE,
 *   signals: ['traces'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const INSTANA_PROFILE: BackendProfile = {
  decode: idsOf,
  success: (request) => judgeInstana(request).answer,
  transient: () => ({ status: 503 }),
  permanent: () => ({ status: 400, body: 'The payload is no array.' }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  auth: () => ({ status: 401, body: 'no such agent key' }),
  tooLarge: () => ({ status: 413 }),
};

/**
 * How a host agent answers to events: it asks for no key.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import instana from '@telemetryflow/exporter-instana';
 * import { exporterContract, INSTANA_EVENTS_PROFILE } from '@telemetryflow/testkit';
 *
 * const minSeverity = { events_min_severity: 'TRACE', events_per_second: 1000 };
 * const [first] = exporterContract({
 *   definition: instana,
 *   config: ({ url }) => ({
 *     agent_url: url,
 *     logs_mode: 'events',
 *     traces: false,
 *     metrics: false,
 *     ...minSeverity,
 *   }),
 *   backend: INSTANA_EVENTS_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const INSTANA_EVENTS_PROFILE: BackendProfile = withoutAuth(INSTANA_PROFILE);

function withoutAuth({ auth: _, ...profile }: BackendProfile): BackendProfile {
  return { ...profile, permanent: () => ({ status: 400, body: 'No event.' }) };
}

/**
 * How the OTLP acceptor answers: as the protocol says.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import instana from '@telemetryflow/exporter-instana';
 * import { exporterContract, INSTANA_OTLP_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: instana,
 *   config: ({ url }) => ({ otlp_endpoint: url, agent_key: 'agent-key', protocol: 'otlp' }),
 *   backend: INSTANA_OTLP_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const INSTANA_OTLP_PROFILE: BackendProfile = {
  ...OTLP_PROFILE,
  decode: idsOf,
  success: (request) => judgeInstana(request).answer,
};

/** A running {@link fakeInstana}. */
export interface FakeInstana extends Backend {
  /** Spans in Instana's own format, each with the `x-instana-host` of its request, in order of arrival. */
  readonly spans: readonly { readonly host: string; readonly span: InstanaSpan }[];
  readonly snapshots: readonly { readonly host: string; readonly snapshot: InstanaSnapshot }[];
  readonly events: readonly InstanaEvent[];
  /** Item ids that came by OTLP. */
  readonly otlpIds: readonly string[];
}

/**
 * Start an Instana that keeps what is valid and refuses the rest.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import instana from '@telemetryflow/exporter-instana';
 * import {
 *   type FakeInstana,
 *   fakeInstana,
 *   type InstanaRules,
 *   spans,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const rules: InstanaRules = { key: 'agent-key' };
 * const server: FakeInstana = await fakeInstana(rules);
 * const block = { endpoint_url: server.url, agent_key: 'agent-key', protocol: 'native', host_id: 'web-1' };
 * await throughPipeline(instana, block, 'traces', spans(1, { variety: 'plain' }));
 * await server.close();
 * assert.deepEqual(
 *   server.spans.map(({ host, span }) => [host, span.data.operation]),
 *   [['web-1', 'operation 0']],
 * );
 * ```
 */
export async function fakeInstana(rules: InstanaRules = {}, options: BackendOptions = {}): Promise<FakeInstana> {
  const spans: { host: string; span: InstanaSpan }[] = [];
  const snapshots: { host: string; snapshot: InstanaSnapshot }[] = [];
  const events: InstanaEvent[] = [];
  const otlpIds: string[] = [];
  const backend = await startBackend((request) => {
    const { answer, taken } = judgeInstana(request, rules);
    const host = String(request.headers['x-instana-host']);
    for (const span of taken.spans ?? []) spans.push({ host, span });
    for (const snapshot of taken.snapshots ?? []) snapshots.push({ host, snapshot });
    if (taken.event !== undefined) events.push(taken.event);
    if (taken.otlp !== undefined) otlpIds.push(...OTLP_PROFILE.decode(request));
    return answer;
  }, options);
  const state = { spans, snapshots, events, otlpIds };
  return Object.defineProperties(
    backend,
    Object.fromEntries(Object.entries(state).map(([name, value]) => [name, { value, enumerable: true }])),
  ) as FakeInstana;
}
