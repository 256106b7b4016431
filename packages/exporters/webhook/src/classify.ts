/** What the answers of a webhook receiver mean (page of the backend, section 5). */
import { type ClassifyRules, classify, classifyOtlp, type HttpResult, type OtlpSent } from '@telemetryflow/http';
import { drop, type Outcome } from '@telemetryflow/kernel';
import { BLOCKED } from './address-policy.ts';

const RANGE = /^(?:([1-5])xx|(\d{3})(?:-(\d{3}))?)$/;

/** A test for statuses written as `2xx`, `200`, `200-299`, comma-separated; `undefined` when it is no such list. */
export function parseSuccessCodes(text: string): ((status: number) => boolean) | undefined {
  const ranges: (readonly [number, number])[] = [];
  for (const entry of text.split(',')) {
    const match = RANGE.exec(entry.trim());
    if (match === null) return undefined;
    const [, hundred, from, to = from] = match;
    ranges.push(
      hundred === undefined ? [Number(from), Number(to)] : [Number(hundred) * 100, Number(hundred) * 100 + 99],
    );
  }
  return (status) => ranges.some(([from, to]) => status >= from && status <= to);
}

/** The classifier of an endpoint. */
export function classifier(options: {
  readonly successCodes: string;
  /** The body of a success is an OTLP response. */
  readonly otlp: boolean;
}): (result: HttpResult, sent: OtlpSent) => Outcome {
  const success = parseSuccessCodes(options.successCodes) ?? ((status) => status >= 200 && status < 300);
  const unexpected = (status: number): boolean => status >= 200 && status < 300 && !success(status);
  const rules: ClassifyRules = {
    rules: [
      { status: success, verdict: 'delivered' },
      { status: unexpected, verdict: { drop: 'rejected' }, hint: 'the status is not among success_codes' },
      { status: 400, body: /too large|exceeds maximum allowed size/i, verdict: { split: 'too_large' } },
      // The Collector's webhook receiver says so when its pipeline has refused the data for good.
      { status: 500, body: /^"?Permanent error/, verdict: { drop: 'rejected' } },
      { status: 410, verdict: { drop: 'rejected' }, hint: 'the endpoint is gone' },
      {
        status: 404,
        verdict: { drop: 'invalid' },
        hint: 'nothing is served under this path; check the url (a test URL of n8n is served only while it listens)',
      },
      { status: (status) => status >= 500 && status !== 501 && status !== 505, verdict: { retry: 'unavailable' } },
    ],
  };
  return (result, sent) => {
    if (result.kind === 'failure' && result.code === BLOCKED) return drop('invalid', result.message);
    const answered = result.kind === 'response' && result.status >= 200 && result.status < 300;
    return options.otlp && answered && success(result.status) ? classifyOtlp(result, sent) : classify(result, rules);
  };
}
