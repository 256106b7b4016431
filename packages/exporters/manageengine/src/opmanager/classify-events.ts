/**
 * Answers of OpManager to addEvent. The status says little: 200 comes with an `error` object, and with the login page.
 *
 *   200 without `error`                    delivered
 *   `error` about the key                  retry auth
 *   `error` about the device               drop rejected, unknown_device
 *   any other `error`                      drop rejected
 *   a page, a redirect, 401, 403           retry auth: not logged in, or the wrong URL
 *   200 that cannot be read to its end     retry: a second event of the same entity does no harm
 *   429, 5xx                               retry
 *   413                                    drop too_large: it is one event
 */
import {
  type ClassifyRules,
  classify,
  describe,
  excerpt,
  type HttpResponse,
  type HttpResult,
} from '@telemetryflow/http';
import { delivered, drop, type Outcome, retry } from '@telemetryflow/kernel';

const KEY_HINT = 'api_key must be the REST API key of OpManager (Settings, REST API)';
const URL_HINT = `base_url must be that of OpManager itself, as https://HOST:8060; ${KEY_HINT}`;
const DEVICE_HINT = 'add the device to OpManager, or set device_name to one that it knows';
const ABOUT_KEY = /api[ _-]?key|authenti|authoriz|not logged in/i;
const ABOUT_DEVICE = /\b(device|source|managed object|element)\b/i;
const UNKNOWN =
  /not (found|exist|available|present|managed|discovered)|n't exist|no such|unknown|invalid|unable to find/i;

const RULES: ClassifyRules = {
  rules: [
    { status: (status) => status >= 300 && status < 400, verdict: { retry: 'auth' }, hint: URL_HINT },
    { status: [401, 403], verdict: { retry: 'auth' }, hint: KEY_HINT },
    { status: 404, verdict: { drop: 'invalid' }, hint: URL_HINT },
    { status: 413, verdict: { drop: 'too_large' } },
    { status: (status) => status >= 500, verdict: { retry: 'unavailable' } },
  ],
};

export function readEventAnswer(result: HttpResult): Outcome {
  if (result.kind === 'failure') return classify(result, RULES);
  const { status } = result;
  if (status === 429 || status >= 500 || (status >= 300 && status < 400)) return classify(result, RULES);
  if (status < 300 && result.unreadable !== undefined) {
    return retry('unavailable', {
      detail: describe(result, `the answer is ${result.unreadable}, so it may be an error`),
    });
  }
  const error = errorOf(result);
  if (error !== undefined) return refusal(result, error);
  if (status >= 300) return classify(result, RULES);
  return isPage(result) ? retry('auth', { detail: describe(result, URL_HINT) }) : delivered();
}

/** The text of the error that an answer is; `undefined` for one that is none. */
export function errorOf({ body }: HttpResponse): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { error } = answer as { error?: unknown };
  if (error === undefined || error === null || error === false) return undefined;
  const { message = error } = typeof error === 'object' ? (error as { message?: unknown }) : {};
  return typeof message === 'string' ? message : JSON.stringify(message);
}

function refusal(response: HttpResponse, error: string): Outcome {
  const { url } = response;
  const said = excerpt(Buffer.from(error), { scrub: response.scrub });
  if (response.status === 401 || response.status === 403 || ABOUT_KEY.test(error)) {
    return retry('auth', { detail: `${url} answered: ${said} (${KEY_HINT})` });
  }
  if (ABOUT_DEVICE.test(error) && UNKNOWN.test(error)) {
    return drop('rejected', `unknown_device: ${url} answered: ${said} (${DEVICE_HINT})`);
  }
  return drop('rejected', `${url} answered: ${said}`);
}

function isPage({ body, headers }: HttpResponse): boolean {
  if (/text\/html/i.test(headers['content-type'] ?? '')) return true;
  return /^\s*<(!doctype|html)/i.test(Buffer.from(body.subarray(0, 256)).toString('utf8'));
}
