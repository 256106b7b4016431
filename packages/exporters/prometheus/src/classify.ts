/**
 * What an answer to remote write means. Differences to the table of all HTTP exporters:
 *
 *   2xx to 2.0   the Written headers tell what was stored; without any, the receiver does not speak 2.0
 *   400          1.0: one bad sample may have cost the whole request, so it is cut until the culprit is alone;
 *                2.0: what was written is stored, the rest is dropped
 *   404          the receiver is not enabled
 *   415          the receiver does not speak 2.0
 *   5xx          sent again as it is; the same 5xx five times over is treated as 400, since old servers say 500
 *                where they mean it for good
 */
import { classify, describe, type HttpResponse, type HttpResult, isPage, retryAfter } from '@telemetryflow/http';
import { drop, type Outcome, partial, retry, split } from '@telemetryflow/kernel';
import { SAME_FAILURES } from './same-failures.ts';
import type { Mode, SentRequest, Session } from './session.ts';

/** Attempts of a request with native histograms that end in 500, until they are sent in the classic form. */
const NATIVE_ATTEMPTS = 3;
/** What Prometheus 2.40 to 3.7 says without the feature flag: waiting for a third attempt would gain nothing. */
const NATIVE_DISABLED = /native histograms are disabled/;

export const HINT_404 = 'start Prometheus with --web.enable-remote-write-receiver, or correct the path of the endpoint';
export const HINT_400 =
  'samples may be older than what is stored, or written twice by another sender; a backlog of more than an hour needs storage.tsdb.out_of_order_time_window on the server';
const HINT_415 = 'the receiver does not take remote write 2.0; set protocol: 1.0 or auto';

export function classifyAnswer(result: HttpResult, request: SentRequest, attempt: number, session: Session): Outcome {
  if (result.kind !== 'response') return classify(result);
  const { status } = result;
  if (status >= 200 && status < 300) return success(result, request, session);
  switch (status) {
    case 400:
      return badRequest(result, request, session);
    case 404:
      return drop('invalid', describe(result, HINT_404));
    case 415:
      if (request.version === 2 && session.protocol === 'auto') return fallBack(result, session.fallBackToV1());
      return drop('unsupported', describe(result, request.version === 2 ? HINT_415 : undefined));
    case 429:
      if (!session.retryOn429) return drop('throttled', describe(result, 'retry_on_429 is false'));
      return classify(result);
    default:
      return status >= 500 ? serverError(result, request, attempt, session) : classify(result);
  }
}

function success(response: HttpResponse, request: SentRequest, session: Session): Outcome {
  if (request.version === 1 || isPage(response)) return classify(response);
  const written = writtenOf(response);
  if (written === undefined) {
    // A receiver of 1.0 reads a 2.0 request as an empty one, and is content.
    if (session.protocol === 'auto') return fallBack(response, session.fallBackToV1());
    return {
      warning: `${response.url} took remote write 2.0 without saying what it wrote; it may have stored nothing. Set protocol: auto`,
    };
  }
  session.provenV2 = true;
  return writtenOutcome(response, request, written);
}

function badRequest(response: HttpResponse, request: SentRequest, session: Session): Outcome {
  if (request.version === 2) {
    const written = writtenOf(response);
    if (written !== undefined) {
      session.provenV2 = true;
      return writtenOutcome(response, request, written);
    }
    if (session.protocol === 'auto' && !session.provenV2) return fallBack(response, session.fallBackToV1());
  }
  return cut(response, request, session);
}

/** Look for the culprits, within reason: writing the same sample again has no effect, so cutting is safe. */
function cut(response: HttpResponse, request: SentRequest, session: Session): Outcome {
  const detail = describe(response, HINT_400);
  return session.mayCut(request.batchId) ? split('rejected', { detail }) : drop('rejected', detail);
}

function serverError(response: HttpResponse, request: SentRequest, attempt: number, session: Session): Outcome {
  if (response.status === 500) {
    const failures = session.sameFailures(request, describe(response));
    const told = NATIVE_DISABLED.test(Buffer.from(response.body).toString('latin1', 0, 256));
    if (request.native && (told || attempt >= NATIVE_ATTEMPTS)) return fallBack(response, session.fallBackToClassic());
    if (failures >= SAME_FAILURES) return cut(response, request, session);
  }
  return retry('unavailable', { detail: describe(response), afterMs: retryAfter(response) });
}

/** The same items at once, encoded in the new mode. */
function fallBack(response: HttpResponse, mode: Mode): Outcome {
  return { ...retry('unsupported', { afterMs: 0, detail: describe(response) }), mode };
}

interface Written {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** The Written headers, or `undefined` when there is none. */
function writtenOf({ headers }: HttpResponse): Written | undefined {
  const count = (kind: string): number | undefined => {
    const text = headers[`x-prometheus-remote-write-${kind}-written`];
    return typeof text === 'string' && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
  };
  const samples = count('samples');
  const histograms = count('histograms');
  const exemplars = count('exemplars');
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return { samples: samples ?? 0, histograms: histograms ?? 0, exemplars: exemplars ?? 0 };
}

/**
 * Count what was not written. The receiver counts samples, not data points: where points become several samples
 * (classic histograms), the share of the samples is taken, rounded up.
 */
function writtenOutcome(response: HttpResponse, request: SentRequest, written: Written): Outcome {
  const sent = request.samples + request.histograms;
  const missing = Math.max(0, sent - written.samples - written.histograms);
  const lost = request.exemplars - written.exemplars;
  const warning =
    lost > 0 ? `${lost} of ${request.exemplars} exemplars were not written by ${response.url}` : undefined;
  if (missing === 0 || request.items === 0) return warning === undefined ? classify(response) : { warning };
  const items = Math.min(request.items, Math.ceil((missing * request.items) / sent));
  const detail = `${missing} of ${sent} samples were not written: ${describe(response, HINT_400)}`;
  return partial({
    dropped: [{ items, reason: 'rejected', detail }],
    ...(warning !== undefined && { warning }),
  });
}
