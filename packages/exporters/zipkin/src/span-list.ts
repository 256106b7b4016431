/** The body of a request: a list of spans in one of the two formats. */
import { JsonBody } from '@telemetryflow/http';
import { jsonConstant } from '@telemetryflow/otlp';
import { JsonWriter } from './write-json.ts';
import { ProtoWriter } from './write-proto.ts';
import type { ZipkinSpan } from './zipkin-span.ts';

/** Why a span is in no request. */
export type Added = 'added' | 'full' | 'too_large';

export interface SpanList {
  /** Forget everything. */
  reset(): void;
  /** `full`: not added, take the body first. `too_large`: not added, no body could hold it. */
  add(span: ZipkinSpan): Added;
  /** The body, in memory of its own. */
  take(): Buffer;
}

const OPEN = jsonConstant('[');
const SEPARATOR = jsonConstant(',');
const CLOSE = jsonConstant(']');

export class JsonList implements SpanList {
  readonly #maxBytes: number;
  readonly #body = new JsonBody(CLOSE);
  readonly #writer = new JsonWriter();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  reset(): void {
    this.#body.reset();
    this.#writer.clear();
  }

  add(span: ZipkinSpan): Added {
    const isFirst = this.#body.isEmpty;
    this.#write(span, isFirst);
    if (this.#body.size <= this.#maxBytes) return 'added';
    if (this.#body.itemBytes + 2 > this.#maxBytes) {
      this.#body.discard();
      this.#write({ ...span, annotations: [] }, isFirst);
      if (this.#body.size <= this.#maxBytes) return 'added';
    }
    const isTooLarge = this.#body.itemBytes + 2 > this.#maxBytes;
    this.#body.discard();
    return isTooLarge ? 'too_large' : 'full';
  }

  take(): Buffer {
    return this.#body.take();
  }

  #write(span: ZipkinSpan, isFirst: boolean): void {
    this.#body.begin(isFirst ? OPEN : SEPARATOR);
    this.#writer.write(this.#body.json, span);
  }
}

export class ProtoList implements SpanList {
  readonly #maxBytes: number;
  readonly #writer = new ProtoWriter();
  #spans: Buffer[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  reset(): void {
    this.#spans = [];
    this.#size = 0;
    this.#writer.clear();
  }

  add(span: ZipkinSpan): Added {
    let bytes = this.#writer.write(span);
    if (bytes.length > this.#maxBytes) bytes = this.#writer.write({ ...span, annotations: [] });
    if (bytes.length > this.#maxBytes) return 'too_large';
    if (this.#size + bytes.length > this.#maxBytes) return 'full';
    this.#spans.push(bytes);
    this.#size += bytes.length;
    return 'added';
  }

  take(): Buffer {
    const body = Buffer.concat(this.#spans, this.#size);
    this.#spans = [];
    this.#size = 0;
    return body;
  }
}
