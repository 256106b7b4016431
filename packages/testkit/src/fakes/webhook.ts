/** A strict receiver of webhooks: verifies signatures as Standard Webhooks does, and reads one encoding. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Signal } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import { type Backend, type BackendOptions, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import type { BackendProfile } from '../contract/options.ts';
import { readWebhook, WEBHOOK_TYPES, type WebhookEncoding, type WebhookItem } from './webhook-records.ts';

/** What a receiver was written for. */
export interface WebhookRules {
  readonly encoding: WebhookEncoding;
  /** Of bare OTLP bodies. */
  readonly signal?: Signal;
  /** Path and query. */
  readonly path?: string;
  /** Default POST. */
  readonly method?: string;
  /** Headers demanded, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `whsec_…`: demand a signature of Standard Webhooks. */
  readonly secret?: string;
  /** Demand `sha256=<hex>` over the body in this header. */
  readonly hmac?: { readonly header: string; readonly key: string };
  /** The receiver's clock in ms since the epoch: messages five minutes off are refused. Default: no such check. */
  readonly now?: () => number;
  /** Default 1,000,000, before compression. */
  readonly maxBytes?: number;
}

const TOLERANCE_S = 300;

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * What the receiver answers to a request, and the items it takes: all or none.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import webhook from '@telemetryflow/exporter-webhook';
 * import {
 *   judgeWebhook,
 *   logs,
 *   startBackend,
 *   throughPipeline,
 *   type WebhookItem,
 *   type WebhookRules,
 * } from '@telemetryflow/testkit';
 *
 * const rules: WebhookRules = { encoding: 'json', hmac: { header: 'x-webhook-signature', key: 'secret' } };
 * const items: WebhookItem[] = [];
 * const backend = await startBackend((request) => {
 *   const judged = judgeWebhook(request, rules);
 *   items.push(...judged.items);
 *   return judged.answer;
 * });
 * const signed = { secret: 'secret', signing: 'hmac_hex' };
 * await throughPipeline(webhook, { url: backend.url, encoding: 'json', ...signed }, 'logs', logs(2));
 * await backend.close();
 * assert.deepEqual(
 *   items.map(({ id }) => id),
 *   ['item-0', 'item-1'],
 * );
 * ```
 */
export function judgeWebhook(
  request: RecordedRequest,
  rules: WebhookRules,
): { readonly answer: Answer; readonly items: readonly WebhookItem[] } {
  try {
    checkAddress(request, rules);
    checkSignature(request, rules);
    if (request.body.length > (rules.maxBytes ?? 1_000_000)) throw new Refusal(413, 'Payload Too Large');
    return { answer: { status: 200, body: 'ok' }, items: read(request, rules) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { answer: { status: error.status, body: error.message }, items: [] };
  }
}

function checkAddress({ method, path, headers }: RecordedRequest, rules: WebhookRules): void {
  if (path !== (rules.path ?? path)) throw new Refusal(404, 'no_service');
  if (method !== (rules.method ?? 'POST')) throw new Refusal(405, 'Method Not Allowed');
  for (const [name, value] of Object.entries(rules.headers ?? {})) {
    if (headers[name] !== value) throw new Refusal(401, `the header ${name} is missing or another`);
  }
  const type = WEBHOOK_TYPES[rules.encoding];
  if (headers['content-type'] !== type) throw new Refusal(415, `${headers['content-type']} is not ${type}`);
}

/** The id and the time of the attempt are always there; the signature where a secret was agreed. */
function checkSignature({ headers, body }: RecordedRequest, rules: WebhookRules): void {
  const id = String(headers['webhook-id'] ?? '');
  const timestamp = String(headers['webhook-timestamp'] ?? '');
  if (!/^[^.\s]{1,255}$/.test(id) || !/^\d{1,12}$/.test(timestamp)) throw new Refusal(400, 'Missing required headers');
  if (rules.now !== undefined) {
    const ahead = Number(timestamp) - rules.now() / 1000;
    if (ahead < -TOLERANCE_S) throw new Refusal(400, 'Message timestamp too old');
    if (ahead > TOLERANCE_S) throw new Refusal(400, 'Message timestamp too new');
  }
  if (rules.secret !== undefined) {
    const key = Buffer.from(rules.secret.replace(/^whsec_/, ''), 'base64');
    const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    const given = String(headers['webhook-signature'] ?? '').split(' ');
    const right = given.some((each) => each.startsWith('v1,') && equal(Buffer.from(each.slice(3), 'base64'), wanted));
    if (!right) throw new Refusal(401, 'No matching signature found');
  }
  if (rules.hmac !== undefined) {
    const { header, key } = rules.hmac;
    const wanted = createHmac('sha256', key).update(body).digest();
    const [, hex = ''] = /^sha256=([0-9a-f]{64})$/.exec(String(headers[header] ?? '')) ?? [];
    if (!equal(Buffer.from(hex, 'hex'), wanted)) throw new Refusal(401, 'signature does not match');
  }
}

function equal(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function read(request: RecordedRequest, { encoding, signal = 'logs' }: WebhookRules): WebhookItem[] {
  try {
    return readWebhook(request, encoding, signal);
  } catch (error) {
    throw new Refusal(400, error instanceof Error ? error.message : String(error));
  }
}

/**
 * How the receiver answers, for `exporterContract` and `runFaultMatrix`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import webhook from '@telemetryflow/exporter-webhook';
 * import { exporterContract, type WebhookEncoding, webhookProfile } from '@telemetryflow/testkit';
 *
 * const encoding: WebhookEncoding = 'ndjson';
 * const [first] = exporterContract({
 *   definition: webhook,
 *   config: ({ url }) => ({ url: `${url}/in`, encoding }),
 *   backend: webhookProfile({ encoding, path: '/in' }),
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export function webhookProfile(rules: WebhookRules): BackendProfile {
  return {
    decode: (request) =>
      readWebhook(request, rules.encoding, rules.signal ?? 'logs').map(({ id }) => id ?? 'item without id'),
    success: (request) => judgeWebhook(request, rules).answer,
    transient: () => ({ status: 503, body: 'not now' }),
    permanent: () => ({ status: 400, body: 'never' }),
    throttle: (_request, delayMs) => ({
      status: 429,
      ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
    }),
    auth: () => ({ status: 401, body: 'No matching signature found' }),
    tooLarge: () => ({ status: 413, body: 'Payload Too Large' }),
  };
}

/** A running {@link fakeWebhook}. */
export interface FakeWebhook extends Backend {
  /** What it has taken, in order of arrival; a request that comes again under its id counts once. */
  readonly items: readonly WebhookItem[];
}

/**
 * Start a receiver that takes what is valid, and refuses the rest with the reason. Its clock is the machine's.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import webhook from '@telemetryflow/exporter-webhook';
 * import { type FakeWebhook, fakeWebhook, logs, throughPipeline } from '@telemetryflow/testkit';
 *
 * const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';
 * const receiver: FakeWebhook = await fakeWebhook({ encoding: 'json', path: '/in', secret });
 * const block = { url: `${receiver.url}/in`, encoding: 'json', secret };
 * await throughPipeline(webhook, block, 'logs', logs(2, { startMs: Date.now() }));
 * await receiver.close();
 * assert.deepEqual(
 *   receiver.items.map(({ id }) => id),
 *   ['item-0', 'item-1'],
 * );
 * ```
 */
export async function fakeWebhook(rules: WebhookRules, options: BackendOptions = {}): Promise<FakeWebhook> {
  const items: WebhookItem[] = [];
  const known = new Map<string, string>();
  const backend = await startBackend((request) => {
    const { answer, items: taken } = judgeWebhook(request, { now: Date.now, ...rules });
    if (answer.status !== 200) return answer;
    const id = String(request.headers['webhook-id']);
    const before = known.get(id);
    const body = request.body.toString('latin1');
    if (before !== undefined && before !== body) return { status: 409, body: `the id ${id} for another body` };
    known.set(id, body);
    if (before === undefined) items.push(...taken);
    return answer;
  }, options);
  return Object.defineProperty(backend, 'items', { value: items, enumerable: true }) as FakeWebhook;
}
