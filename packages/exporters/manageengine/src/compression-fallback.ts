/** Compressed requests, and plain ones where a server answers these with 400 or 415: whether it unpacks is unpublished. */
import { type ClassifyRules, MIN_COMPRESS_BYTES, type RequestBody } from '@telemetryflow/http';
import { drop, type Exporter, type Logger, type Outcome, retry } from '@telemetryflow/kernel';

/** Marks the answers that may be about the compression: a retry as `unsupported`. */
export const GZIP_RULES: ClassifyRules = {
  rules: [
    { status: 400, body: /request body too large/i, verdict: { split: 'too_large' } },
    { status: [400, 415], verdict: { retry: 'unsupported' } },
  ],
};

/**
 * One exporter of two that encode alike. Until the server has taken a compressed request, what the compressing one
 * marks is sent again at once by the plain one; if the server takes that, everything is sent plain from then on, else
 * the request itself was refused.
 */
export function fallBackToPlain(compressing: Exporter, plain: Exporter, logger: Logger): Exporter {
  /** `try_plain`: the next request tells whether it is the compression that is refused. */
  let state: 'unknown' | 'try_plain' | 'compressed' | 'plain' = 'unknown';

  function judgeCompressed(outcome: Outcome): Outcome {
    const again = outcome.retry;
    if (isTaken(outcome)) state = 'compressed';
    if (again?.reason !== 'unsupported') return outcome;
    if (state === 'compressed') return drop('invalid', again.detail);
    state = 'try_plain';
    // A mode that differs from the last one makes the retry an immediate one.
    return { ...retry('unsupported', { afterMs: 0, detail: again.detail }), mode: { plain: true } };
  }

  function judgePlain(outcome: Outcome): Outcome {
    if (state === 'try_plain' && isTaken(outcome)) {
      state = 'plain';
      logger.warn('the server takes no compressed requests: they are sent plain from now on');
    } else if (state === 'try_plain' && outcome.dropped !== undefined) state = 'unknown';
    return outcome;
  }

  return {
    encode: (batch, context) => compressing.encode(batch, context),
    async start() {
      await compressing.start?.();
      await plain.start?.();
    },
    async stop() {
      await compressing.stop?.();
      await plain.stop?.();
    },
    async send(payload, options) {
      if (state === 'plain' || state === 'try_plain') return judgePlain(await plain.send(payload, options));
      if (bytesOf(payload.body as RequestBody) < MIN_COMPRESS_BYTES) return plain.send(payload, options);
      return judgeCompressed(await compressing.send(payload, options));
    },
  };
}

function isTaken({ retry: again, dropped, split }: Outcome): boolean {
  return again === undefined && dropped === undefined && split === undefined;
}

function bytesOf(body: RequestBody): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : body.reduce((sum, piece) => sum + piece.length, 0);
}
