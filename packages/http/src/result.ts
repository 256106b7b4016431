/** What one HTTP request came to: an answer, or the reason there was none. Never an exception. */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Why the body of an answer could not be read to its end.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { classify, type HttpResponse, type Unreadable } from '@telemetryflow/http';
 *
 * const unreadable: Unreadable = 'cut_off';
 * const body = Buffer.alloc(0);
 * const answer: HttpResponse = { kind: 'response', status: 200, headers: {}, body, url: 'https://es/', unreadable };
 * const { warning } = classify(answer);
 * assert.equal(warning, 'response_unreadable: https://es/ answered 200, but the body was cut off');
 * ```
 */
export type Unreadable = 'cut_off' | 'timeout' | 'too_large' | 'encoding';

/** The server answered. */
export interface HttpResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed; empty when `unreadable` is set. */
  readonly body: Uint8Array;
  readonly unreadable?: Unreadable;
  /** Where the request went, safe to log. */
  readonly url: string;
  /** Removes from a text what the request held of secrets: servers repeat headers in their error messages. */
  readonly scrub?: (text: string) => string;
}

/** There was no answer. */
export interface HttpFailure {
  readonly kind: 'failure';
  /**
   * `shutdown`: aborted by the caller. `invalid`: the request itself cannot be made. `too_large`: the body exceeds
   * `maxBodyBytes` as it would be sent.
   */
  readonly reason: 'timeout' | 'network' | 'shutdown' | 'invalid' | 'too_large';
  /** The system's or Node's code, as `ECONNREFUSED`. */
  readonly code: string;
  /** A sentence: what happened, where, and where known what to do. */
  readonly message: string;
  readonly url: string;
}

/**
 * What became of a request: an answer, or why there was none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createHttpClient, type HttpFailure, type HttpResult } from '@telemetryflow/http';
 * import { startBackend } from '@telemetryflow/testkit';
 *
 * const backend = await startBackend({ fault: 'reset' });
 * const client = createHttpClient();
 * const result: HttpResult = await client.request({ url: backend.url, body: 'a line' });
 * const reasonOf = ({ reason, code }: HttpFailure): string => `${reason} ${code}`;
 * assert.equal(result.kind === 'failure' ? reasonOf(result) : result.status, 'network ECONNRESET');
 * client.close();
 * await backend.close();
 * ```
 */
export type HttpResult = HttpResponse | HttpFailure;
