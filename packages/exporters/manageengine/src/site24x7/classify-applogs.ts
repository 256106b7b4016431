/**
 * Answers of the AppLogs upload API. What went wrong stands in headers, whatever the status: newer servers send them
 * with 400, older ones with 200. Source: the vendor's plugins for Fluentd and Logstash.
 *
 *   log_license_exceeds, blocked_logtype: True        a pause of ten minutes
 *   invalid_logtype, invalid_account: True,
 *     api_upload_enabled: False                       dropped, and so is all until the next start
 *   200 with x-uploadid                               delivered
 *   200 without it                                    sent again, under the same upload-id
 *   400                                               dropped
 *   any other status                                  sent again
 */
import { type ClassifyRules, classify, describe, type HttpResponse, type HttpResult } from '@telemetryflow/http';
import { delivered, drop, type Outcome, retry } from '@telemetryflow/kernel';

const PAUSE_MS = 600_000;

const PAUSES: Readonly<Record<string, string>> = {
  log_license_exceeds: 'the log volume of the licence is used up',
  blocked_logtype: 'the log type is blocked',
};
const ENDS: readonly { readonly flag: string; readonly value: string; readonly why: string }[] = [
  { flag: 'invalid_logtype', value: 'true', why: 'there is no log type of this id: check log_type' },
  { flag: 'invalid_account', value: 'true', why: 'there is no account with this device key: check api_key' },
  { flag: 'api_upload_enabled', value: 'false', why: 'API upload is turned off for the log type: turn it on' },
];

const RULES: ClassifyRules = {
  rules: [
    { status: 400, verdict: { drop: 'invalid' } },
    { status: [401, 403], verdict: { retry: 'auth' }, hint: 'api_key must be the device key of the account' },
    {
      status: (status) => ![407, 408, 413, 429].includes(status),
      verdict: { retry: 'unavailable' },
      hint: 'the upload API did not confirm the request; check upload_domain',
    },
  ],
};

/** The outcome of an upload; `ended` is called with the reason when nothing will be taken until the next start. */
export function readUploadAnswer(result: HttpResult, ended: (why: string) => void): Outcome {
  if (result.kind === 'failure') return classify(result, RULES);
  for (const [flag, why] of Object.entries(PAUSES)) {
    if (isFlag(result, flag, 'true')) return retry('throttled', { afterMs: PAUSE_MS, detail: `${flag}: ${why}` });
  }
  for (const { flag, value, why } of ENDS) {
    if (!isFlag(result, flag, value)) continue;
    ended(why);
    return drop('rejected', `${flag}: ${describe(result, why)}`);
  }
  if (result.status === 200 && result.headers['x-uploadid'] !== undefined) return delivered();
  return classify(result, RULES);
}

function isFlag({ headers }: HttpResponse, flag: string, value: string): boolean {
  return (
    String(headers[flag] ?? '')
      .trim()
      .toLowerCase() === value
  );
}

/** The HTTPS endpoint of a log type says no more than its status. */
export const RECEIVER_RULES: ClassifyRules = {
  rules: [
    {
      status: [401, 403],
      verdict: { retry: 'auth' },
      hint: 'check log_token, and that API upload is on for the log type',
    },
    { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
  ],
};
