/** Reads OTLP by the official definitions and protobufjs, not by the codec under test. */
import { readFileSync } from 'node:fs';
import type { Signal } from '@telemetryflow/otlp';
import { otlpBody, otlpSignal, type RecordedRequest } from '@telemetryflow/testkit';
import protobuf from 'protobufjs';
import { must, type Received } from './stand-in.ts';

const file = new URL('../../packages/otlp/test/proto/otlp.proto', import.meta.url);
const { root } = protobuf.parse(readFileSync(file, 'utf8'));
const REQUESTS: Readonly<Record<Signal, protobuf.Type>> = {
  traces: root.lookupType('ExportTraceServiceRequest'),
  metrics: root.lookupType('ExportMetricsServiceRequest'),
  logs: root.lookupType('ExportLogsServiceRequest'),
};

type Plain = Readonly<Record<string, unknown>>;
const list = (value: unknown): readonly Plain[] => (value as Plain[] | undefined) ?? [];
const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

/** The items of an OTLP request in protobuf. */
export function readOtlp(signal: Signal, body: Uint8Array): Received[] {
  return itemsOf(signal, plainOtlp(signal, body));
}

/** An OTLP request in protobuf as plain objects; integers of 64 bits are text. */
export function plainOtlp(signal: Signal, body: Uint8Array): Readonly<Record<string, unknown>> {
  const type = REQUESTS[signal];
  return type.toObject(type.decode(body), { longs: String }) as Plain;
}

/** The items of an OTLP request in JSON. */
export function readOtlpJson(signal: Signal, request: unknown): Received[] {
  return itemsOf(signal, request as Plain);
}

function itemsOf(signal: Signal, request: Plain): Received[] {
  switch (signal) {
    case 'traces':
      return leaves(request, 'resourceSpans', 'scopeSpans', 'spans').map((span) => ({
        signal,
        id: idOf(span),
        name: String(span['name']),
        value: Number(BigInt(String(span['endTimeUnixNano'])) - BigInt(String(span['startTimeUnixNano']))) / 1e6,
      }));
    case 'logs':
      return leaves(request, 'resourceLogs', 'scopeLogs', 'logRecords').map((log) => ({
        signal,
        id: idOf(log),
        name: '',
        value: String((log['body'] as Plain | undefined)?.['stringValue']),
      }));
    case 'metrics':
      return leaves(request, 'resourceMetrics', 'scopeMetrics', 'metrics').flatMap((metric) =>
        KINDS.flatMap((kind) =>
          list((metric[kind] as Plain | undefined)?.['dataPoints']).map((point) => ({
            signal,
            id: idOf(point),
            name: String(metric['name']),
            value: Number(point['asDouble'] ?? point['asInt'] ?? point['sum'] ?? 0),
          })),
        ),
      );
  }
}

function leaves(request: Plain, outer: string, inner: string, leaf: string): readonly Plain[] {
  return list(request[outer]).flatMap((group) => list(group[inner]).flatMap((scoped) => list(scoped[leaf])));
}

function idOf(item: Plain): string | undefined {
  const attribute = list(item['attributes']).find(({ key }) => key === 'item.id');
  return (attribute?.['value'] as { stringValue?: string } | undefined)?.stringValue;
}

/** The items of a request in OTLP over HTTP; throws what is not valid. */
export function readOtlpRequest(request: RecordedRequest): Received[] {
  must(contentType(request) === 'application/x-protobuf', `content type ${contentType(request)}`);
  return readOtlp(otlpSignal(request), otlpBody(request));
}

/** Without parameters. */
function contentType(request: RecordedRequest): string | undefined {
  return request.headers['content-type']?.split(';')[0]?.trim();
}
