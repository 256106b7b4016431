/** The body of a request: a list of spans in one of the two formats. */
import { TextBody } from '@telemetryflow/http';
import { JsonWriter, withoutSniffed } from './write-json.ts';
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

export class JsonList implements SpanList {
  readonly #maxBytes: number;
  readonly #body: TextBody;
  readonly #writer = new JsonWriter();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#body = new TextBody({ open: '[', separator: ',', close: ']', maxBytes });
  }

  reset(): void {
    this.#body.reset();
    this.#writer.clear();
  }

  add(span: ZipkinSpan): Added {
    const text = this.#fitting(span);
    if (text === undefined) return 'too_large';
    return this.#body.add(text) ? 'added' : 'full';
  }

  take(): Buffer {
    return withoutSniffed(this.#body.take());
  }

  /** The span; without its annotations where only they make it too large. */
  #fitting(span: ZipkinSpan): string | undefined {
    const text = this.#writer.write(span);
    if (this.#fits(text)) return text;
    const less = this.#writer.write({ ...span, annotations: [] });
    return this.#fits(less) ? less : undefined;
  }

  #fits(text: string): boolean {
    return text.length * 3 + 2 <= this.#maxBytes || Buffer.byteLength(text) + 2 <= this.#maxBytes;
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
