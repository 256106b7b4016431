/**
 * A gateway of the user's own in front of a product of ManageEngine, for `exporterContract`: it takes what the original
 * agent of this block sent, `{"metrics":[…]}` or `{"logs":[…]}`, and refuses all else.
 */
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { parseStrictJson } from './strict-json.ts';

/** A metric or a log record as it was sent. */
export interface GatewayItem {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const TYPES = /^(gauge|sum|histogram|summary)$/;
const isText = (value: unknown): boolean => typeof value === 'string' && value.isWellFormed();
const isMillis = (value: unknown): boolean => Number.isSafeInteger(value);
const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const MEMBERS: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  metrics: {
    monitor_name: isText,
    display_name: isText,
    type: (value) => TYPES.test(String(value)),
    value: (value) => typeof value === 'number',
    unit: isText,
    timestamp: isMillis,
    monitor_group: isText,
    attributes: isMap,
  },
  logs: { message: isText, log_level: isText, source: isText, timestamp: isMillis, host: isText, attributes: isMap },
};

/**
 *  The items of a request; throws a sentence about what is wrong with it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine from '@telemetryflow/exporter-manageengine';
 * import {
 *   type GatewayItem,
 *   logs,
 *   readGatewayItems,
 *   startBackend,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ status: 202 });
 * const block = { api_key: 'api-key', metrics: false, logs_endpoint: `${backend.url}/logs` };
 * await throughPipeline(manageengine, block, 'logs', logs(1, { variety: 'plain' }));
 * await backend.close();
 * const [item]: readonly GatewayItem[] = backend.requests.flatMap((request) => readGatewayItems(request));
 * assert.equal(item?.['message'], 'request 0 handled');
 * ```
 */
export function readGatewayItems({ method, headers, body }: RecordedRequest): readonly GatewayItem[] {
  if (method !== 'POST') throw new Error(`${method} is not POST.`);
  if (headers['content-type'] !== 'application/json') throw new Error(`The type is ${headers['content-type']}.`);
  if (headers['content-encoding'] !== undefined) throw new Error('Bodies are taken as they are.');
  if (!/^Apikey \S+$/.test(headers.authorization ?? '')) throw new Error('There is no key.');
  const lists = Object.entries(parseStrictJson(body.toString()) as Record<string, readonly GatewayItem[]>);
  const [[name = '', items = []] = []] = lists;
  const members = MEMBERS[name];
  if (lists.length !== 1 || members === undefined || items.length === 0) throw new Error('Not one list of items.');
  for (const item of items) {
    if (Object.keys(item).join() !== Object.keys(members).join()) throw new Error(`Members ${Object.keys(item)}.`);
    for (const [member, check] of Object.entries(members)) {
      if (!check(item[member])) throw new Error(`${member} is ${JSON.stringify(item[member])}.`);
    }
  }
  return items;
}

/**
 *  How such a gateway answers.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import manageengine from '@telemetryflow/exporter-manageengine';
 * import { exporterContract, MANAGEENGINE_GATEWAY_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: manageengine,
 *   config: ({ url }) => ({ api_key: 'api-key', metrics: false, logs_endpoint: `${url}/logs` }),
 *   backend: MANAGEENGINE_GATEWAY_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const MANAGEENGINE_GATEWAY_PROFILE: BackendProfile = {
  decode: (request) => readGatewayItems(request).map(({ attributes }) => String(attributes[ITEM_ID])),
  success: () => ({ status: 202 }),
  transient: () => ({ status: 503 }),
  permanent: () => ({ status: 400 }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  auth: () => ({ status: 401 }),
  tooLarge: () => ({ status: 413 }),
};
