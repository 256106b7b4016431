/** Exporters that encode as ever and send nothing: what reached them and what they would have sent is kept. */
import { gunzipSync } from 'node:zlib';
import {
  type Configured,
  delivered,
  type ExporterDefinition,
  type Payload,
  type Resolution,
} from '@telemetryflow/kernel';
import { decode, encodeJson, type Signal } from '@telemetryflow/otlp';
import { type PlainItem, plainItems } from './items.ts';

/** What one exporter got, and made of it. */
export interface Captured {
  readonly items: Record<Signal, PlainItem[]>;
  readonly payloads: CapturedPayload[];
}

/** One request, as it would have gone out, before compression. */
export interface CapturedPayload {
  readonly signal: Signal;
  /** Where the exporter names one per request. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The configuration with every exporter replaced, and what each will have captured, by id. */
export function capturing(resolution: Resolution): {
  readonly resolution: Resolution;
  readonly captured: ReadonlyMap<string, Captured>;
} {
  const captured = new Map<string, Captured>();
  const exporters = new Map<string, Configured<ExporterDefinition>>();
  for (const [id, exporter] of resolution.config.exporters) {
    const own: Captured = { items: { traces: [], metrics: [], logs: [] }, payloads: [] };
    captured.set(id, own);
    exporters.set(id, { ...exporter, definition: silent(exporter.definition, own) });
  }
  return { resolution: { ...resolution, config: { ...resolution.config, exporters } }, captured };
}

function silent(definition: ExporterDefinition, into: Captured): ExporterDefinition {
  return {
    ...definition,
    create(config, context) {
      const { dataSignal: signal } = context;
      const real = definition.create(config, context);
      return {
        *encode(batch, options) {
          into.items[signal].push(...plainItems(textOf(encodeJson(signal, batch.records() as never))));
          yield* real.encode(batch, options);
        },
        async send(payload) {
          into.payloads.push(captureOf(signal, payload));
          return delivered();
        },
        ...(real.drain !== undefined && { drain: (now: number) => real.drain?.(now) ?? [] }),
      };
    },
  };
}

function captureOf(signal: Signal, { body }: Payload): CapturedPayload {
  if (!isMessage(body)) return { signal, body: joined(body) };
  const { url, headers, contentEncoding } = body;
  const bytes = joined(body.body);
  return {
    signal,
    ...(url !== undefined && { url }),
    ...(headers !== undefined && { headers }),
    body: contentEncoding === 'gzip' && bytes instanceof Uint8Array ? gunzipSync(bytes) : bytes,
  };
}

/** A request of exporters that choose URL or headers per request. */
interface Message {
  readonly body: unknown;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentEncoding?: string;
}

function isMessage(body: unknown): body is Message {
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array) && 'body' in body;
}

function joined(body: unknown): unknown {
  return Array.isArray(body) && body.every((piece) => piece instanceof Uint8Array) ? Buffer.concat(body) : body;
}

/** The body in the form in which a test states it. Throws where it cannot be read so. */
export function bodyAs(form: 'text' | 'json' | 'lines' | 'otlp', { signal, body }: CapturedPayload): unknown {
  if (form === 'otlp') return JSON.parse(textOf(encodeJson(signal, decode(signal, body as Uint8Array) as never)));
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return plain(body);
  const text = textOf(body);
  if (form === 'text') return text;
  if (form === 'json') return JSON.parse(text);
  return text.split('\n').filter((line) => line !== '');
}

/** Structures of vendor clients, as the values they hold. */
function plain(body: unknown): unknown {
  return JSON.parse(
    JSON.stringify(body, (_key, value) => {
      if (typeof value === 'bigint') return value.toString();
      return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
    }),
  );
}

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString();
}
