/** A strict Jaeger 1: Thrift over HTTP, with its texts, and what it has stored. */
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { ITEM_ID } from '../data/attributes.ts';
import { readThriftBatch, type ThriftBatch } from './jaeger-thrift.ts';

const TYPES: ReadonlySet<string> = new Set(['application/x-thrift', 'application/vnd.apache.thrift.binary']);

/** What Jaeger answers to a request. */
function judge(request: RecordedRequest): Answer {
  if (request.path !== '/api/traces') return { status: 404, body: '404 page not found\n' };
  if (request.method !== 'POST') return { status: 405 };
  const type = request.headers['content-type']?.split(';')[0]?.trim() ?? '';
  if (type === '') return { status: 400, body: 'Cannot parse content type: mime: no media type\n' };
  if (!TYPES.has(type)) return { status: 400, body: `Unsupported content type: ${type}\n` };
  try {
    // The body as it came: this server decompresses nothing.
    readThriftBatch(request.raw);
  } catch (error) {
    return { status: 400, body: `Unable to process request body: ${error instanceof Error ? error.message : ''}\n` };
  }
  return { status: 202 };
}

function idsOf({ spans }: ThriftBatch): string[] {
  return spans.map(({ tags }) => String(tags.find(({ key }) => key === ITEM_ID)?.value ?? 'item without id'));
}

/**
 * How Jaeger answers to Thrift, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import jaeger from '@telemetryflow/exporter-jaeger';
 * import { exporterContract, JAEGER_PROFILE } from '@telemetryflow/testkit';
 *
 * const [first] = exporterContract({
 *   definition: jaeger,
 *   config: ({ url }) => ({ endpoint: `${url}/api/traces`, protocol: 'http/thrift' }),
 *   backend: JAEGER_PROFILE,
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const JAEGER_PROFILE: BackendProfile = {
  decode: (request) => idsOf(readThriftBatch(request.raw)),
  success: judge,
  transient: () => ({ status: 500, body: 'Cannot submit Jaeger batch: the queue is full\n' }),
  permanent: () => ({ status: 400, body: 'Unable to process request body: EOF\n' }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  auth: () => ({ status: 401, body: 'a proxy in front says no' }),
  tooLarge: () => ({ status: 500, body: 'Unable to process request body: http: request body too large\n' }),
};

/** A running {@link fakeJaeger}. */
export interface FakeJaeger extends Backend {
  /** The batches it has taken, in order of arrival. */
  readonly batches: readonly ThriftBatch[];
  /** The ids of their spans. */
  readonly stored: readonly string[];
}

/**
 * Start a Jaeger that keeps what is valid and answers everything else as Jaeger does.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import jaeger from '@telemetryflow/exporter-jaeger';
 * import { type FakeJaeger, fakeJaeger, spans, throughPipeline } from '@telemetryflow/testkit';
 *
 * const server: FakeJaeger = await fakeJaeger();
 * const block = { endpoint: `${server.url}/api/traces`, protocol: 'http/thrift' };
 * await throughPipeline(jaeger, block, 'traces', spans(2));
 * await server.close();
 * assert.equal(server.batches[0]?.serviceName, 'shop');
 * assert.deepEqual(server.stored, ['item-0', 'item-1']);
 * ```
 */
export async function fakeJaeger(options: BackendOptions = {}): Promise<FakeJaeger> {
  const batches: ThriftBatch[] = [];
  const stored: string[] = [];
  const backend = await startBackend((request) => {
    const answer = judge(request);
    if (answer.status === 202) {
      const batch = readThriftBatch(request.raw);
      batches.push(batch);
      stored.push(...idsOf(batch));
    }
    return answer;
  }, options);
  return Object.defineProperties(backend, {
    batches: { value: batches, enumerable: true },
    stored: { value: stored, enumerable: true },
  }) as FakeJaeger;
}
