/** A strict HTTP Event Collector: the rules of Splunk, with its codes and texts, and what it has stored. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { parseStrictJson } from './strict-json.ts';

/** What a collector of Splunk is set to. */
export interface SplunkRules {
  /** Default: any. */
  readonly token?: string;
  /** Indexes the token allows; default: any. */
  readonly indexes?: readonly string[];
  /** Of these, the ones of the datatype metrics. */
  readonly metricIndexes?: readonly string[];
  /** Largest body after decompression; default 1 MB. */
  readonly maxContentLength?: number;
  /** The token has indexer acknowledgement. Default false. */
  readonly ack?: boolean;
  /** Name the number of the bad event. Default true. */
  readonly namesEvents?: boolean;
}

/** An event as Splunk has stored it. */
export interface SplunkEvent {
  readonly time?: number;
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index?: string;
  readonly event: unknown;
  readonly fields?: Readonly<Record<string, unknown>>;
}

const TEXTS: Readonly<Record<number, readonly [status: number, text: string]>> = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  8: [500, 'Internal server error'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
  15: [400, 'Error in handling indexed fields'],
  17: [200, 'HEC is healthy'],
};
const MEMBERS: ReadonlySet<string> = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields']);
const CHANNEL = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The answer of a code, as `{"text":"Success","code":0}`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import splunk from '@telemetryflow/exporter-splunk';
 * import { splunkAnswer, startAnswers } from '@telemetryflow/testkit';
 *
 * const answers = await startAnswers({
 *   definition: splunk,
 *   config: ({ url }) => ({ endpoint: url, token: 'hec' }),
 * });
 * const { retry } = await answers.to(splunkAnswer(9));
 * await answers.close();
 * assert.equal(retry?.reason, 'unavailable');
 * ```
 */
export function splunkAnswer(code: number, more: Readonly<Record<string, unknown>> = {}): Answer {
  const [status, text] = TEXTS[code] ?? [500, 'Internal server error'];
  return { status, body: { text, code, ...more } };
}

class Refusal extends Error {
  readonly code: number;
  readonly event: number | undefined;

  constructor(code: number, event?: number) {
    super(`code ${code}`);
    this.code = code;
    this.event = event;
  }
}

/**
 * Events of a body: JSON objects one after the other.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { readSplunkEvents, type SplunkEvent } from '@telemetryflow/testkit';
 *
 * const [event]: SplunkEvent[] = readSplunkEvents('{"time":1795521600.000,"event":"paid"}{"event":"shipped"}');
 * assert.deepEqual([event?.time, event?.event], [1_795_521_600, 'paid']);
 * assert.throws(() => readSplunkEvents('{"event":""}'));
 * ```
 */
export function readSplunkEvents(body: string): SplunkEvent[] {
  const events: SplunkEvent[] = [];
  for (const text of objectsOf(body)) events.push(readEvent(text, events.length));
  return events;
}

function* objectsOf(body: string): Generator<string> {
  let depth = 0;
  let start = -1;
  let count = 0;
  let quoted = false;
  for (let i = 0; i < body.length; i++) {
    const character = body[i];
    if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (character === '"' && depth > 0) quoted = true;
    else if (character === '{' || character === '[') {
      if (depth++ === 0) start = i;
    } else if (character === '}' || character === ']') {
      if (--depth === 0) {
        count++;
        yield body.slice(start, i + 1);
      }
    } else if (depth === 0 && !/\s/.test(character ?? '')) throw new Refusal(6, count);
  }
  if (depth !== 0) throw new Refusal(6, count);
}

function readEvent(text: string, number: number): SplunkEvent {
  let event: SplunkEvent;
  try {
    event = parseStrictJson(text) as SplunkEvent;
  } catch {
    throw new Refusal(6, number);
  }
  if (Array.isArray(event) || !isWellFormed(event)) throw new Refusal(6, number);
  if (Object.keys(event).some((key) => !MEMBERS.has(key))) throw new Refusal(6, number);
  const { time, fields = {} } = event;
  if (time !== undefined && (typeof time !== 'number' || !/"time":\d+\.\d{3}[,}]/.test(text))) {
    throw new Refusal(6, number);
  }
  for (const key of ['host', 'source', 'sourcetype', 'index'] as const) {
    const value = event[key];
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw new Refusal(6, number);
  }
  if (event.event === undefined) throw new Refusal(12, number);
  if (event.event === null) throw new Refusal(6, number);
  if (typeof event.event === 'string' && event.event.trim() === '') throw new Refusal(13, number);
  for (const [key, value] of Object.entries(fields)) {
    const scalars = Array.isArray(value) ? value : [value];
    if (key === '' || scalars.some((scalar) => typeof scalar === 'object')) throw new Refusal(15, number);
  }
  return event;
}

/** False where a half of a surrogate pair stands alone: no UTF-8 can hold it. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

/**
 * True for an event that a metrics index keeps: numbers under `metric_name:…`, strings for dimensions.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { isSplunkMetric } from '@telemetryflow/testkit';
 *
 * const fields = { 'metric_name:shop.orders': 3, host: 'web-1' };
 * assert.equal(isSplunkMetric({ event: 'metric', fields }), true);
 * assert.equal(isSplunkMetric({ event: 'metric', fields: { ...fields, 'metric_name:shop.paid': '3' } }), false);
 * ```
 */
export function isSplunkMetric({ event, fields = {} }: SplunkEvent): boolean {
  const entries = Object.entries(fields);
  const measured = entries.filter(([key]) => key.startsWith('metric_name:'));
  const dimensions = entries.filter(([key]) => !key.startsWith('metric_name:'));
  return (
    event === 'metric' &&
    measured.length > 0 &&
    measured.every(([key, value]) => typeof value === 'number' && /^metric_name:[A-Za-z0-9_.:-]+$/.test(key)) &&
    dimensions.every(([key, value]) => typeof value === 'string' && !key.startsWith('_'))
  );
}

/**
 * What Splunk answers to a request, and which events it keeps.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { judgeSplunk, type SplunkRules, startBackend } from '@telemetryflow/testkit';
 *
 * const rules: SplunkRules = { token: 'hec' };
 * const backend = await startBackend((request) => judgeSplunk(request, rules).answer);
 * const send = (token: string) =>
 *   fetch(backend.url, {
 *     method: 'POST',
 *     headers: { authorization: `Splunk ${token}` },
 *     body: '{"event":"paid"}',
 *   });
 * assert.deepEqual(await (await send('hec')).json(), { text: 'Success', code: 0 });
 * assert.deepEqual(await (await send('other')).json(), { text: 'Invalid token', code: 4 });
 * await backend.close();
 * ```
 */
export function judgeSplunk(
  request: RecordedRequest,
  rules: SplunkRules = {},
): { readonly answer: Answer; readonly stored: readonly SplunkEvent[] } {
  try {
    const stored = take(request, rules);
    const kept = stored.filter((event) => event.index === undefined || isKept(event, event.index, rules));
    return { answer: splunkAnswer(0), stored: kept };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, event } = error;
    const named = event !== undefined && (rules.namesEvents ?? true);
    return { answer: splunkAnswer(code, named ? { 'invalid-event-number': event } : {}), stored: [] };
  }
}

/** An index is of one datatype: what is of the other one is lost after the 200. */
function isKept(event: SplunkEvent, index: string, { metricIndexes = [] }: SplunkRules): boolean {
  return metricIndexes.includes(index) === isSplunkMetric(event);
}

function take(request: RecordedRequest, rules: SplunkRules): SplunkEvent[] {
  const authorization = request.headers.authorization;
  const channel = request.headers['x-splunk-request-channel'];
  if (authorization === undefined) throw new Refusal(2);
  if (!authorization.startsWith('Splunk ')) throw new Refusal(3);
  if (rules.token !== undefined && authorization !== `Splunk ${rules.token}`) throw new Refusal(4);
  if (rules.ack === true && channel === undefined) throw new Refusal(10);
  if (channel !== undefined && !CHANNEL.test(String(channel))) throw new Refusal(11);
  if (request.body.length === 0) throw new Refusal(5);
  const events = readSplunkEvents(new TextDecoder('utf-8', { fatal: true }).decode(request.body));
  const { indexes } = rules;
  for (const { index } of events) {
    if (index !== undefined && indexes !== undefined && !indexes.includes(index)) throw new Refusal(7);
  }
  return events;
}

function idsOf({ event, fields = {} }: SplunkEvent): string[] {
  const direct = fields[ITEM_ID];
  if (typeof direct === 'string') return [direct];
  const { attributes = {} } = (typeof event === 'object' ? event : {}) as { attributes?: Record<string, unknown> };
  return [String(attributes[ITEM_ID] ?? 'event without id')];
}

/**
 * How Splunk answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import splunk from '@telemetryflow/exporter-splunk';
 * import { exporterContract, SPLUNK_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: splunk,
 *   config: ({ url }) => ({ endpoint: url, token: 'hec' }),
 *   backend: SPLUNK_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const SPLUNK_PROFILE: BackendProfile = {
  decode: (request) => readSplunkEvents(request.text()).flatMap(idsOf),
  success: (request) => judgeSplunk(request).answer,
  transient: () => splunkAnswer(9),
  permanent: () => splunkAnswer(7),
  throttle: (_request, delayMs) => ({
    status: 503,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
    body: { text: 'Server is busy', code: 9 },
  }),
  auth: () => splunkAnswer(4),
  tooLarge: () => ({ status: 413, body: '<html>Content-Length is too large</html>' }),
};

/** A running {@link fakeSplunk}. */
export interface FakeSplunk extends Backend {
  /** What it has stored, in order of arrival. */
  readonly stored: readonly SplunkEvent[];
  /** Ids of requests that wait to be indexed; `index` confirms them. */
  readonly unconfirmed: ReadonlySet<number>;
  /** Index everything received so far: later polls confirm it. */
  index(): void;
}

/**
 * Start a collector that keeps what is valid and answers everything else as Splunk does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import splunk from '@telemetryflow/exporter-splunk';
 * import { type FakeSplunk, fakeSplunk, logs, throughPipeline } from '@telemetryflow/testkit';
 *
 * const server: FakeSplunk = await fakeSplunk({ token: 'hec', indexes: ['shop'] });
 * const block = { endpoint: server.url, token: 'hec', index: 'shop' };
 * await throughPipeline(splunk, block, 'logs', logs(1, { variety: 'plain' }));
 * await server.close();
 * assert.deepEqual(
 *   server.stored.map(({ index, host }) => [index, host]),
 *   [['shop', 'host-1']],
 * );
 * ```
 */
export async function fakeSplunk(rules: SplunkRules = {}, options: BackendOptions = {}): Promise<FakeSplunk> {
  const stored: SplunkEvent[] = [];
  const unconfirmed = new Set<number>();
  const confirmed = new Set<number>();
  let nextAck = 0;

  function answer(request: RecordedRequest): Answer {
    const [path, query = ''] = request.path.split('?');
    switch (path) {
      case '/services/collector/health':
      case '/services/collector/health/1.0':
        return splunkAnswer(17);
      case '/services/collector/ack':
        return acks(request, query);
      case '/services/collector':
      case '/services/collector/event':
      case '/services/collector/event/1.0':
        return receive(request);
      default:
        return { status: 404, body: '{"text":"The requested URL was not found on this server.","code":404}' };
    }
  }

  function receive(request: RecordedRequest): Answer {
    if (request.method !== 'POST') return { status: 405 };
    if (request.body.length > (rules.maxContentLength ?? 1_000_000)) return SPLUNK_PROFILE.tooLarge?.(request) ?? {};
    const judged = judgeSplunk(request, rules);
    stored.push(...judged.stored);
    if (rules.ack !== true || judged.answer.status !== 200) return judged.answer;
    unconfirmed.add(nextAck);
    return splunkAnswer(0, { ackId: nextAck++ });
  }

  function acks(request: RecordedRequest, query: string): Answer {
    if (rules.ack !== true) return splunkAnswer(14);
    if (!CHANNEL.test(new URLSearchParams(query).get('channel') ?? '')) return splunkAnswer(10);
    const { acks: ids } = request.json() as { acks: number[] };
    const states = Object.fromEntries(ids.map((id) => [String(id), confirmed.has(id)]));
    // An id is forgotten once it has been reported.
    for (const id of ids) confirmed.delete(id);
    return { status: 200, body: { acks: states } };
  }

  const backend = await startBackend(answer, options);
  return Object.defineProperties(backend, {
    stored: { value: stored, enumerable: true },
    unconfirmed: { value: unconfirmed, enumerable: true },
    index: {
      value: () => {
        for (const id of unconfirmed) confirmed.add(id);
        unconfirmed.clear();
      },
    },
  }) as FakeSplunk;
}
