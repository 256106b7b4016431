/**
 * Answers of OpenObserve. Differences to OTLP:
 *
 *   200 to JSON records   counts per stream: what failed is dropped, and which records they were is not said
 *   400                   dropped; cut in search of the culprits where it is about columns or decoding
 *   404                   dropped: a wrong path or organization
 *   500                   retried: the server says it where it means overload, too
 */
import { type ClassifyRules, classify, type HttpResponse, isPage, type OtlpSent } from '@telemetryflow/http';
import { countItems, delivered, type Outcome, partial, type Reason } from '@telemetryflow/kernel';

export const RULES: ClassifyRules = {
  rules: [
    {
      status: 400,
      body: /column|decod|invalid (json|protobuf|data)/i,
      verdict: { split: 'rejected' },
      hint: 'the server takes 1000 columns per record (ZO_COLS_PER_RECORD_LIMIT)',
    },
    {
      status: 404,
      verdict: { drop: 'invalid' },
      hint: 'check the endpoint, with its ZO_BASE_URI, and the organization: its identifier, not its name',
    },
    { status: 500, verdict: { retry: 'unavailable' } },
  ],
};

const TOO_OLD = /too old/i;
const STATUSES = 1000;

/** A success of `_json` or `_multi`; `undefined` for any other answer. */
export function answerToRecords(response: HttpResponse, { items }: OtlpSent): Outcome | undefined {
  if (response.status < 200 || response.status >= 300) return undefined;
  if (response.unreadable !== undefined || isPage(response)) return classify(response);
  if (response.body.length === 0) return delivered();
  const statuses = statusesOf(response.body);
  if (statuses === undefined) {
    return delivered({
      warning: `response_unreadable: ${response.url} answered ${response.status} with no ingestion status`,
    });
  }
  const sent = countItems(items);
  const failed = Math.min(
    sent,
    statuses.reduce((sum, status) => sum + status.failed, 0),
  );
  const error = statuses.find(({ failed: count, error: text }) => count > 0 && text !== '')?.error ?? '';
  if (failed === 0) return delivered();
  const reason: Reason = TOO_OLD.test(error) ? 'too_old' : 'rejected';
  const detail = (response.scrub?.(error) ?? error).slice(0, 512);
  return partial({ dropped: [{ items: failed, reason, detail }] });
}

interface StreamStatus {
  readonly failed: number;
  readonly error: string;
}

function statusesOf(body: Uint8Array): StreamStatus[] | undefined {
  let root: unknown;
  try {
    root = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
  const list = (root as { status?: unknown } | null)?.status;
  if (!Array.isArray(list)) return undefined;
  return list.slice(0, STATUSES).map((each) => {
    const { failed, error } = (each ?? {}) as { failed?: unknown; error?: unknown };
    return {
      failed: typeof failed === 'number' && failed > 0 ? Math.trunc(failed) : 0,
      error: typeof error === 'string' ? error : '',
    };
  });
}
