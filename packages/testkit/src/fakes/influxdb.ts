/** Strict InfluxDB servers of three generations: what they take, what they refuse, and how they say so. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { InfluxParseError, type InfluxPoint, readInfluxLine } from './influxdb-lines.ts';

/** What can be set of a server. */
export interface InfluxdbRules {
  /** The generation of its API. */
  readonly version: 1 | 2 | 3;
  /** The authorization header demanded; default: none. */
  readonly authorization?: string;
  /** The database or bucket there is. */
  readonly database: string;
  /** Largest body in bytes. */
  readonly maxBodyBytes?: number;
}

/** A point, and the unit of its time. */
export interface StoredInfluxPoint extends InfluxPoint {
  readonly precision: string;
}

const PATHS = { 1: '/write', 2: '/api/v2/write', 3: '/api/v3/write_lp' } as const;
const PRECISIONS: Readonly<Record<1 | 2 | 3, readonly string[]>> = {
  1: ['ns', 'u', 'ms', 's'],
  2: ['ns', 'us', 'ms', 's'],
  3: ['nanosecond', 'microsecond', 'millisecond', 'second'],
};

/** Types of fields by measurement and key: they never change. */
type Types = Map<string, string>;

/**
 * What a server answers to a write, and what it keeps of it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type InfluxdbRules, judgeInfluxdb, startBackend } from '@telemetryflow/testkit';
 *
 * const rules: InfluxdbRules = { version: 2, database: 'shop' };
 * const backend = await startBackend((request) => judgeInfluxdb(request, rules).answer);
 * const write = (bucket: string) =>
 *   fetch(`${backend.url}/api/v2/write?org=acme&bucket=${bucket}&precision=s`, {
 *     method: 'POST',
 *     body: 'orders total=3i 1795521600',
 *   });
 * assert.deepEqual([(await write('shop')).status, (await write('stock')).status], [204, 404]);
 * await backend.close();
 * ```
 */
export function judgeInfluxdb(
  request: RecordedRequest,
  rules: InfluxdbRules,
  types: Types = new Map(),
): { readonly answer: Answer; readonly stored: readonly StoredInfluxPoint[] } {
  const refuse = (status: number, error: string): { answer: Answer; stored: StoredInfluxPoint[] } => ({
    answer: failure(rules.version, status, error),
    stored: [],
  });
  const { version, authorization, database, maxBodyBytes = 10_485_760 } = rules;
  const [path = '', query = ''] = request.path.split('?');
  const parameters = new URLSearchParams(query);
  if (path !== PATHS[version]) return { answer: { status: 404, body: '404 page not found' }, stored: [] };
  if (request.method !== 'POST') return refuse(405, 'method not allowed');
  if (authorization !== undefined && request.headers.authorization !== authorization) {
    return refuse(401, version === 1 ? 'authorization failed' : 'unauthorized access');
  }
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') return refuse(400, `unable to parse: ${encoding}`);
  if (request.body.length > maxBodyBytes) return refuse(413, 'Request Entity Too Large');
  const place = parameters.get(version === 2 ? 'bucket' : 'db');
  if (place !== database)
    return refuse(404, version === 2 ? `bucket "${place}" not found` : `database not found: "${place}"`);
  if (version === 2 && !parameters.has('org')) return refuse(400, 'Please provide either orgID or org');
  const precision = parameters.get('precision') ?? '';
  if (!PRECISIONS[version].includes(precision)) return refuse(400, `invalid precision "${precision}"`);
  if (version === 3 && parameters.get('accept_partial') !== 'true')
    return refuse(400, 'line protocol is all or nothing');
  return store(request.text(), version, precision, types);
}

function store(
  body: string,
  version: 1 | 2 | 3,
  precision: string,
  types: Types,
): { answer: Answer; stored: StoredInfluxPoint[] } {
  const stored: StoredInfluxPoint[] = [];
  const unparsable: { line: number; text: string; reason: string }[] = [];
  const conflicts: { line: number; text: string; reason: string }[] = [];
  for (const [i, text] of body.split('\n').entries()) {
    try {
      const point = readInfluxLine(text);
      if (point === undefined) continue;
      const reason = conflictOf(point, types);
      if (reason === undefined) stored.push({ ...point, precision });
      else conflicts.push({ line: i + 1, text, reason });
    } catch (error) {
      if (!(error instanceof InfluxParseError)) throw error;
      unparsable.push({ line: i + 1, text, reason: error.message });
    }
  }
  const bad = [...unparsable, ...conflicts];
  if (bad.length === 0) return { answer: { status: 204 }, stored };
  if (version === 3) {
    const data = bad.map(({ line, text, reason }) => ({
      original_line: text.slice(0, 20),
      line_number: line,
      error_message: reason,
    }));
    return { answer: { status: 400, body: { error: 'partial write of line protocol occurred', data } }, stored };
  }
  const quoted = unparsable.map(({ text, reason }) => `unable to parse '${text}': ${reason}`).join('\n');
  if (version === 2) {
    if (unparsable.length > 0) return { answer: failure(2, 400, quoted), stored: [] };
    const lost = `failure writing points to database: partial write: ${conflicts[0]?.reason} dropped=${conflicts.length}`;
    return { answer: failure(2, 422, lost), stored };
  }
  if (conflicts.length > 0) {
    return { answer: failure(1, 400, `partial write: ${conflicts[0]?.reason} dropped=${conflicts.length}`), stored };
  }
  return { answer: failure(1, 400, stored.length > 0 ? `partial write: ${quoted} dropped=0` : quoted), stored };
}

function conflictOf({ measurement, fields }: InfluxPoint, types: Types): string | undefined {
  for (const [key, value] of Object.entries(fields)) {
    const place = JSON.stringify([measurement, key]);
    const type = typeof value === 'bigint' ? 'integer' : typeof value === 'number' ? 'float' : typeof value;
    const known = types.get(place);
    if (known !== undefined && known !== type) {
      return `field type conflict: input field "${key}" on measurement "${measurement}" is type ${type}, already exists as type ${known}`;
    }
    types.set(place, type);
  }
  return undefined;
}

function failure(version: 1 | 2 | 3, status: number, message: string): Answer {
  if (version !== 2) {
    return {
      status,
      headers: { 'x-influxdb-error': message.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1000) },
      body: { error: message },
    };
  }
  const codes: Readonly<Record<number, string>> = {
    400: 'invalid',
    401: 'unauthorized',
    404: 'not found',
    422: 'unprocessable entity',
  };
  return { status, body: { code: codes[status] ?? 'internal error', message } };
}

function idOf({ tags }: InfluxPoint): string {
  return tags[ITEM_ID] ?? 'point without id';
}

/**
 * How a server answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import influxdb from '@telemetryflow/exporter-influxdb';
 * import { exporterContract, influxdbProfile } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: influxdb,
 *   config: ({ url }) => ({ endpoint: url, database: 'telemetry' }),
 *   backend: influxdbProfile({ version: 1, database: 'telemetry' }),
 *   signals: ['metrics'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function influxdbProfile(rules: InfluxdbRules): BackendProfile {
  const lines = (request: RecordedRequest): string[] => request.text().split('\n');
  const fail = (status: number, message: string): Answer => failure(rules.version, status, message);
  return {
    decode: (request) =>
      lines(request).flatMap((line) => {
        const point = readInfluxLine(line);
        return point === undefined ? [] : [idOf(point)];
      }),
    // 204 has no body; with 200 the contract can break the body, too.
    success(request) {
      const { answer } = judgeInfluxdb(request, rules);
      return answer.status === 204 ? { status: 200 } : answer;
    },
    transient: () => fail(503, 'timeout'),
    permanent: () => fail(404, `database not found: "${rules.database}"`),
    throttle: (_request, delayMs) => ({
      ...fail(429, 'org 1 has exceeded its write limit'),
      ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
    }),
    partial(request, refused) {
      if (rules.version !== 3) {
        const text = `partial write: points beyond retention policy dropped=${refused.size}`;
        return fail(rules.version === 1 ? 400 : 422, text);
      }
      const data = lines(request).flatMap((line, i) => {
        const point = readInfluxLine(line);
        if (point === undefined || !refused.has(idOf(point))) return [];
        return [{ original_line: line.slice(0, 20), line_number: i + 1, error_message: 'invalid field value' }];
      });
      return { status: 400, body: { error: 'partial write of line protocol occurred', data } };
    },
    auth: () => fail(401, 'authorization failed'),
    tooLarge: () => fail(413, 'Request Entity Too Large'),
  };
}

/** A running {@link fakeInfluxdb}. */
export interface FakeInfluxdb extends Backend {
  /** What it has stored, in order of arrival. */
  readonly points: readonly StoredInfluxPoint[];
}

/**
 * Start a server that keeps what is valid and answers everything else as InfluxDB does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import influxdb from '@telemetryflow/exporter-influxdb';
 * import {
 *   type FakeInfluxdb,
 *   fakeInfluxdb,
 *   metrics,
 *   type StoredInfluxPoint,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const server: FakeInfluxdb = await fakeInfluxdb({ version: 1, database: 'telemetry' });
 * const block = { endpoint: server.url, database: 'telemetry' };
 * await throughPipeline(influxdb, block, 'metrics', metrics(1, { variety: 'plain' }));
 * await server.close();
 * const [point]: readonly StoredInfluxPoint[] = server.points;
 * assert.deepEqual([point?.measurement, point?.tags['host.name']], ['test.gauge.int', 'host-1']);
 * ```
 */
export async function fakeInfluxdb(rules: InfluxdbRules, options: BackendOptions = {}): Promise<FakeInfluxdb> {
  const points: StoredInfluxPoint[] = [];
  const types: Types = new Map();
  const backend = await startBackend((request) => {
    if (request.path === '/ping') return { status: 204, headers: { 'x-influxdb-version': `${rules.version}.6.7` } };
    const { answer, stored } = judgeInfluxdb(request, rules, types);
    points.push(...stored);
    return answer;
  }, options);
  return Object.defineProperty(backend, 'points', { value: points, enumerable: true }) as FakeInfluxdb;
}
