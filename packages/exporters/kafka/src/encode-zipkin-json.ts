/** `zipkin_json`: JSON arrays of v2 spans. */
import type { Batch } from '@telemetryflow/kernel';
import type { KeyRule } from './partition-key.ts';
import type { Encodings, ValueLimits } from './value.ts';
import { encodeZipkinLists, type ListFormat } from './zipkin-list.ts';
import { type ZipkinSpan, zipkinSpan } from './zipkin-span.ts';

const KINDS: readonly (string | undefined)[] = [undefined, 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];

const FORMAT: ListFormat = {
  overhead: 2,
  perSpan: 1,
  span(record) {
    const span = zipkinSpan(record);
    return span === undefined ? undefined : Buffer.from(spanText(span));
  },
  list(spans) {
    const parts: Buffer[] = [];
    for (const span of spans) parts.push(parts.length === 0 ? OPEN : COMMA, span);
    parts.push(CLOSE);
    return Buffer.concat(parts);
  },
};
const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

export function encodeZipkinJson(batch: Batch<'traces'>, rule: KeyRule, host: string, limits: ValueLimits): Encodings {
  return encodeZipkinLists(batch, rule, host, limits, FORMAT);
}

function spanText(span: ZipkinSpan): string {
  const { annotations, tags, remote } = span;
  const text = JSON.stringify({
    traceId: span.traceId,
    ...(span.parentId !== undefined && { parentId: span.parentId }),
    id: span.id,
    ...(KINDS[span.kind] !== undefined && { kind: KINDS[span.kind] }),
    ...(span.name !== '' && { name: span.name }),
    ...(span.timestamp > 0 && { timestamp: span.timestamp }),
    ...(span.duration > 0 && { duration: span.duration }),
    localEndpoint: { serviceName: span.serviceName },
    ...(remote !== undefined && { remoteEndpoint: remote }),
    ...(annotations.length > 0 && { annotations }),
    ...(tags.size > 0 && { tags: Object.fromEntries(tags) }),
  });
  // Readers take anything that holds these bytes for the format before.
  return text.includes('yAnnotations"') ? text.replaceAll('yAnnotations"', 'yAnnotation\\u0073"') : text;
}
