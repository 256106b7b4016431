/** A strict OpManager: its call addEvent, with the rules of its manuals, and the alarms that come of it. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';

/** How an OpManager is set up. */
export interface OpmanagerRules {
  /** Default: any. */
  readonly key?: string;
  /** Default 128100: the key comes as a header. Builds before know it as a parameter only. */
  readonly build?: number;
  /** Devices it has; default: any. */
  readonly devices?: readonly string[];
  /** Whether severity 5 (clear) is taken. Default true. */
  readonly clears?: boolean;
}

/** An event as OpManager has it. */
export interface StoredEvent {
  readonly source: string;
  readonly severity: number;
  readonly message: string;
  readonly alarmCode: string;
  readonly entity: string;
  readonly eventType: string;
}

const PATH = '/api/json/events/addEvent';
const FIELDS = ['source', 'severity', 'message', 'alarmCode', 'entity', 'eventType'] as const;
const KEY_IN_HEADER_SINCE = 128_100;
/** Sizes of the columns are unpublished. These are what nobody has had trouble with. */
const LONGEST = { message: 950, entity: 100 };

/** OpManager says what went wrong with a 200. */
function opmanagerError(message: string, code = 5000): Answer {
  return { status: 200, body: { error: { message, code } } };
}

const SUCCESS: Answer = { status: 200, body: { result: { message: 'Event has been added successfully.' } } };

/**
 * What OpManager answers, and the event where it takes it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { judgeOpmanager, type OpmanagerRules, startBackend } from '@telemetryflow/testkit';
 *
 * const rules: OpmanagerRules = { key: 'api-key', devices: ['web-1'] };
 * const backend = await startBackend((request) => judgeOpmanager(request, rules).answer);
 * const answer = await fetch(`${backend.url}/api/json/events/addEvent`, {
 *   method: 'POST',
 *   headers: { apikey: 'api-key' },
 *   body: new URLSearchParams({ source: 'web-2', severity: '1', message: 'Disk full' }),
 * });
 * await backend.close();
 * // 415, for fetch adds a charset to the content type.
 * assert.equal(answer.status, 415);
 * ```
 */
export function judgeOpmanager(
  request: RecordedRequest,
  { key, build = KEY_IN_HEADER_SINCE, devices, clears = true }: OpmanagerRules = {},
): { readonly answer: Answer; readonly event?: StoredEvent } {
  const [path, query] = request.path.split('?');
  if (path !== PATH)
    return { answer: { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>404</html>' } };
  if (request.method !== 'POST') return { answer: { status: 405 } };
  if (query !== undefined) return { answer: opmanagerError('parameters of the URL would be logged') };
  if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return { answer: { status: 415 } };
  if (request.headers['content-encoding'] !== undefined) return { answer: { status: 415 } };
  const form = new URLSearchParams(request.text());
  const given = build < KEY_IN_HEADER_SINCE ? form.get('apiKey') : request.headers['apikey'];
  if (typeof given !== 'string' || (key !== undefined && given !== key)) {
    return { answer: opmanagerError('Invalid API Key', 1008) };
  }
  if (build >= KEY_IN_HEADER_SINCE && form.has('apiKey')) {
    return { answer: opmanagerError('API Key is not allowed in the parameters', 1009) };
  }
  const problem = formProblem(form, clears);
  if (problem !== undefined) return { answer: opmanagerError(problem) };
  const value = (name: string): string => form.get(name) ?? '';
  if (devices !== undefined && !devices.includes(value('source'))) {
    return { answer: opmanagerError(`Device ${value('source')} does not exist`) };
  }
  return {
    answer: SUCCESS,
    event: {
      source: value('source'),
      severity: Number(value('severity')),
      message: value('message'),
      alarmCode: value('alarmCode'),
      entity: value('entity'),
      eventType: value('eventType'),
    },
  };
}

function formProblem(form: URLSearchParams, clears: boolean): string | undefined {
  for (const name of new Set(form.keys())) {
    if (form.getAll(name).length > 1) return `${name} is there twice`;
    if (name !== 'apiKey' && !(FIELDS as readonly string[]).includes(name)) return `Extra parameter ${name} found`;
    if (/\p{Cc}|\ufffd\ufffd/u.test(form.get(name) ?? '')) return `${name} has control characters`;
  }
  for (const name of ['source', 'severity', 'message']) {
    if ((form.get(name) ?? '') === '') return `Mandatory parameter ${name} is missing`;
  }
  if (!(clears ? /^[1-5]$/ : /^[1-4]$/).test(form.get('severity') ?? '')) return 'Invalid severity value';
  for (const [name, longest] of Object.entries(LONGEST)) {
    if ((form.get(name) ?? '').length > longest) return `${name} is longer than its column`;
  }
  return undefined;
}

/**
 * How OpManager answers, for `exporterContract` and `runFaultMatrix`. Events carry no attributes: a test puts the ids
 * of its items into the message.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine from '@telemetryflow/exporter-manageengine';
 * import { logs, OPMANAGER_PROFILE, startBackend, throughPipeline } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend((request) => OPMANAGER_PROFILE.success(request));
 * const records = logs(1, { startMs: Date.now() }).map((each) => ({
 *   ...each,
 *   severityNumber: 17,
 *   body: 'item-0 failed',
 * }));
 * await throughPipeline(manageengine, { base_url: backend.url, api_key: 'api-key' }, 'logs', records);
 * await backend.close();
 * assert.deepEqual(backend.requests.flatMap(OPMANAGER_PROFILE.decode), ['item-0']);
 * ```
 */
export const OPMANAGER_PROFILE: BackendProfile = {
  decode: (request) => new URLSearchParams(request.text()).get('message')?.match(/\bitem-\d+/g) ?? [],
  success: (request) => {
    const { answer, event } = judgeOpmanager(request);
    if (event === undefined) throw new Error(`answered ${JSON.stringify(answer)}`);
    return answer;
  },
  transient: () => ({ status: 503 }),
  permanent: () => opmanagerError('Device host-1 does not exist'),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  auth: () => opmanagerError('Invalid API Key', 1008),
};

/** A running {@link fakeOpmanager}. */
export interface FakeOpmanager extends Backend {
  /** Events in order of arrival. */
  readonly events: readonly StoredEvent[];
  /** The newest event of each alarm, by `source/entity`. */
  readonly alarms: ReadonlyMap<string, StoredEvent>;
  /** What it has refused, as it said. */
  readonly refusals: readonly string[];
}

/**
 * Start an OpManager that takes what its API takes.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine from '@telemetryflow/exporter-manageengine';
 * import {
 *   type FakeOpmanager,
 *   fakeOpmanager,
 *   logs,
 *   type StoredEvent,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const server: FakeOpmanager = await fakeOpmanager({ key: 'api-key' });
 * const [, , , error] = logs(4, { variety: 'plain', startMs: Date.now() });
 * const records = [error].filter((each) => each !== undefined);
 * await throughPipeline(manageengine, { base_url: server.url, api_key: 'api-key' }, 'logs', records);
 * await server.close();
 * const event: StoredEvent | undefined = server.events[0];
 * assert.deepEqual([event?.source, event?.severity, server.refusals], ['host-1', 2, []]);
 * ```
 */
export async function fakeOpmanager(rules: OpmanagerRules = {}, options: BackendOptions = {}): Promise<FakeOpmanager> {
  const events: StoredEvent[] = [];
  const alarms = new Map<string, StoredEvent>();
  const refusals: string[] = [];
  const backend = await startBackend((request) => {
    const { answer, event } = judgeOpmanager(request, rules);
    if (event === undefined) refusals.push(JSON.stringify(answer.body ?? answer.status));
    else {
      events.push(event);
      alarms.set(`${event.source}/${event.entity}`, event);
    }
    return answer;
  }, options);
  return Object.defineProperties(
    backend,
    Object.fromEntries(Object.entries({ events, alarms, refusals }).map(([name, value]) => [name, { value }])),
  ) as FakeOpmanager;
}
