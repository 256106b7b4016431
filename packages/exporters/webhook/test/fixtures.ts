/** Batches, contexts and configurations for the tests of this package. */

import type { HttpMessage } from '@telemetryflow/http';
import { type Batch, type Encoded, type Items, type Payload, resolveConfig } from '@telemetryflow/kernel';
import {
  count,
  type LogRecord,
  protobufFromJson,
  type RecordOf,
  type ResourceRecord,
  type ScopeRecord,
  type Signal,
  select,
} from '@telemetryflow/otlp';
import { onlyPlugin } from '@telemetryflow/testkit';
import webhook, { type WebhookConfig } from '../src/index.ts';

export const NOW = Date.parse('2026-11-22T10:00:00.000Z');
export const BATCH_ID = '01JD8Z5W3Q0000000000000000';
export const encodeContext = { now: NOW, id: BATCH_ID, mode: undefined };

export const resource: ResourceRecord = Object.freeze({ attributes: Object.freeze({ 'service.name': 'checkout' }) });
export const scope: ScopeRecord = Object.freeze({ name: 'auth' });

export function log(changes: Partial<LogRecord> = {}): LogRecord {
  return Object.freeze({
    hrTime: [1_544_712_660, 300_000_000] as const,
    hrTimeObserved: [0, 0] as const,
    severityNumber: 9,
    severityText: 'INFO',
    body: 'hi',
    attributes: Object.freeze({}),
    droppedAttributesCount: 0,
    resource,
    instrumentationScope: scope,
    ...changes,
  });
}

/** The golden log of the specification, as OTLP/JSON. */
export const GOLDEN_LOG_JSON =
  '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},"scopeLogs":[{"scope":{"name":"auth"},"logRecords":[{"timeUnixNano":"1544712660300000000","severityNumber":9,"severityText":"INFO","body":{"stringValue":"hi"}}]}]}]}';

/** A batch with the faces a test gives it. */
export function batchOf<S extends Signal>(
  signal: S,
  faces: { records?: readonly RecordOf[S][]; json?: string; items?: number },
): Batch<S> {
  const bytes = faces.json === undefined ? undefined : protobufFromJson(signal, Buffer.from(faces.json));
  return bytesBatch(signal, faces.records, bytes, faces.items);
}

function bytesBatch<S extends Signal>(
  signal: S,
  records: readonly RecordOf[S][] | undefined,
  bytes: Uint8Array | undefined,
  items?: number,
): Batch<S> {
  const total = items ?? (bytes === undefined ? (records?.length ?? 0) : count(signal, bytes));
  return {
    signal,
    count: total,
    bytes: bytes?.length ?? total * 200,
    hasOtlp: bytes !== undefined,
    hasRecords: records !== undefined,
    records: () => records ?? [],
    otlp: () => bytes ?? new Uint8Array(0),
    otlpParts: () => [{ bytes: bytes ?? new Uint8Array(0), items: total }],
    select: (chosen: Items) => {
      const indices =
        'from' in chosen ? Array.from({ length: chosen.to - chosen.from }, (_, i) => chosen.from + i) : chosen;
      const some = records?.filter((_, index) => indices.includes(index));
      return bytesBatch(signal, some, bytes === undefined ? undefined : select(signal, bytes, indices));
    },
    mapResources: () => {
      throw new Error('not used by exporters');
    },
  };
}

/** The instances that a `webhook:` block becomes, through the kernel's own decoding. */
export async function configure(
  block: Record<string, unknown>,
): Promise<{ instances: Record<string, WebhookConfig>; warnings: string[] }> {
  const { config, warnings } = await resolveConfig([{ object: { exporters: { webhook: block } } }], {
    plugins: onlyPlugin(webhook),
  });
  const instances = [...config.exporters].map(([id, { config }]) => [id, config as WebhookConfig]);
  return { instances: Object.fromEntries(instances), warnings: warnings.map(({ message }) => message) };
}

/** The only instance of a block. */
export async function single(block: Record<string, unknown>): Promise<WebhookConfig> {
  const { instances } = await configure(block);
  const [only] = Object.values(instances);
  if (only === undefined) throw new Error('no instance');
  return only;
}

/** The payloads and drops among what `encode` yielded. */
export function split(encoded: Iterable<Encoded>): {
  payloads: Payload<HttpMessage>[];
  drops: { dropped: Items; reason: string }[];
} {
  const payloads: Payload<HttpMessage>[] = [];
  const drops: { dropped: Items; reason: string }[] = [];
  for (const each of encoded) {
    if (each === undefined) continue;
    if ('dropped' in each) drops.push({ dropped: each.dropped, reason: each.reason });
    else payloads.push(each as Payload<HttpMessage>);
  }
  return { payloads, drops };
}

/** The text of a payload. */
export function bodyText(payload: Payload<HttpMessage> | undefined): string {
  const body = payload?.body.body ?? '';
  return typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
}
