/** Spans as `zipkin.proto3.ListOfSpans`. */
import { BackwardWriter } from '@telemetryflow/otlp';
import type { Endpoint } from './endpoint.ts';
import type { Tags } from './tags.ts';
import type { SpanGroup, ZipkinSpan } from './zipkin-span.ts';

/** By OTel JS kind. */
const KINDS = [0, 2, 1, 3, 4];

export class ProtoWriter {
  readonly #writer = new BackwardWriter();
  readonly #groups = new Map<SpanGroup, { readonly local: Buffer; readonly tags: Buffer }>();

  /** Forget what belongs to a batch. */
  clear(): void {
    this.#groups.clear();
  }

  /** One element of the list: lists are joined by joining bytes. */
  write(span: ZipkinSpan): Buffer {
    const { group, tags, annotations, remote } = span;
    const known = this.#groups.get(group) ?? this.#know(group);
    const writer = this.#writer;
    if (tags.shared !== undefined) writer.raw(known.tags);
    this.#tags(tags);
    for (let i = annotations.length - 1; i >= 0; i--) {
      const annotation = annotations[i];
      if (annotation === undefined) continue;
      const end = writer.length;
      writer.string(2, annotation.value);
      writer.fixed64(1, BigInt(annotation.timestamp));
      writer.message(10, end);
    }
    if (remote !== undefined) this.#endpoint(9, remote);
    writer.raw(known.local);
    if (span.duration > 0) writer.uint(7, span.duration);
    if (span.timestamp > 0) writer.fixed64(6, BigInt(span.timestamp));
    if (span.name !== '') writer.string(5, span.name);
    const kind = KINDS[span.kind] ?? 0;
    if (kind > 0) writer.uint(4, kind);
    writer.hex(3, span.id);
    if (span.parentId !== '') writer.hex(2, span.parentId);
    writer.hex(1, span.traceId);
    writer.message(1, 0);
    return writer.take();
  }

  #know(group: SpanGroup): { readonly local: Buffer; readonly tags: Buffer } {
    this.#endpoint(8, group.local);
    const local = this.#writer.take();
    this.#tags(group.tags);
    const known = { local, tags: this.#writer.take() };
    this.#groups.set(group, known);
    return known;
  }

  #tags({ names, values }: Tags): void {
    const writer = this.#writer;
    for (let i = names.length - 1; i >= 0; i--) {
      const end = writer.length;
      writer.string(2, values[i] ?? '');
      writer.string(1, names[i]?.text ?? '');
      writer.message(11, end);
    }
  }

  #endpoint(field: number, { serviceName, ipv4, ipv6, port }: Endpoint): void {
    if (serviceName === '' && ipv4 === '' && ipv6 === '' && port === 0) return;
    const writer = this.#writer;
    const end = writer.length;
    if (port > 0) writer.uint(4, port);
    if (ipv6 !== '') writer.bytes(3, ipv6Bytes(ipv6));
    if (ipv4 !== '') writer.bytes(2, Buffer.from(ipv4.split('.').map(Number)));
    if (serviceName !== '') writer.string(1, serviceName);
    writer.message(field, end);
  }
}

/** The 16 bytes of a valid literal. */
function ipv6Bytes(text: string): Buffer {
  // The URL parser shortens every notation to one, and turns a dotted end into hex.
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const bytes = Buffer.alloc(16);
  for (const [i, group] of front.entries()) bytes.writeUInt16BE(group, i * 2);
  for (const [i, group] of back.entries()) bytes.writeUInt16BE(group, 16 - (back.length - i) * 2);
  return bytes;
}
