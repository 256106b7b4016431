/** A request of metric lines that is being filled. */
import { type HttpMessage, TextBody } from '@telemetryflow/http';
import type { Payload } from '@telemetryflow/kernel';
import { OpenRequest } from './open-request.ts';

/** Metric lines on their way. */
export interface MetricsMessage extends HttpMessage {
  /** Keys whose unit and description are among the lines. */
  readonly describes: readonly string[];
  /** Attributes that gave way to another name of the same dimension key. */
  readonly collisions?: number;
  /** A metric whose key was too short, and what it is now. */
  readonly filled?: { readonly name: string; readonly key: string } | undefined;
}

/** Lines of one request, comments included: what all clients of the vendor keep. */
const MAX_LINES = 1000;
/** Dynatrace takes 1 MB. */
const MAX_BYTES = 950_000;

export class LineRequest {
  readonly #body = new TextBody({ open: '', separator: '\n', close: '', maxBytes: MAX_BYTES });
  readonly #open = new OpenRequest();
  #lines = 0;
  #describes: string[] = [];

  clear(): void {
    this.#body.reset();
    this.#open.clear();
    this.#lines = 0;
    this.#describes = [];
  }

  get isEmpty(): boolean {
    return this.#open.isEmpty;
  }

  /** Adds the lines of an item, which stay together; returns the request that had no room for them. */
  add(
    item: number,
    lines: readonly string[],
    ms: number | undefined,
    describes: string | undefined,
  ): Payload<MetricsMessage> | undefined {
    const text = lines.length === 1 ? (lines[0] as string) : lines.join('\n');
    let full: Payload<MetricsMessage> | undefined;
    if (this.#lines + lines.length > MAX_LINES || !this.#body.add(text)) {
      full = this.take();
      this.#body.add(text);
    }
    this.#open.add(item, ms);
    this.#lines += lines.length;
    if (describes !== undefined) this.#describes.push(describes);
    return full;
  }

  take(): Payload<MetricsMessage> {
    const payload = this.#open.end({ body: this.#body.take(), describes: this.#describes });
    this.clear();
    return payload;
  }
}

/** False for lines of one item that no request can hold. */
export function fitRequest(lines: readonly string[]): boolean {
  let bytes = 0;
  for (const line of lines) bytes += Buffer.byteLength(line) + 1;
  return lines.length <= MAX_LINES && bytes <= MAX_BYTES;
}
