/** Makes URLs and answers safe to log. */

const REDACTED = '[REDACTED]';
const KEY_LIKE = /key|token|secret|pass|auth|sig|credential|session|code|license/i;
/** Headers that never hold a secret. */
const PRINTABLE_HEADERS = new Set([
  'content-type',
  'content-encoding',
  'content-length',
  'user-agent',
  'accept',
  'host',
]);

/**
 * The URL without userinfo and without the values of key-like query parameters; `[invalid url]` if it is none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { redactUrl } from '@telemetryflow/http';
 *
 * assert.equal(
 *   redactUrl('https://jo:opensesame@logs.example.com/v1/input?api_key=k-4711&source=shop'),
 *   'https://logs.example.com/v1/input?api_key=[REDACTED]&source=shop',
 * );
 * ```
 */
export function redactUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '[invalid url]';
  }
  if (parsed.username !== '' || parsed.password !== '') {
    parsed.username = '';
    parsed.password = '';
  }
  const query = parsed.search.slice(1);
  parsed.search = '';
  parsed.hash = '';
  if (query === '') return parsed.href;
  const parts = query.split('&').map((part) => {
    const at = part.indexOf('=');
    return at >= 0 && KEY_LIKE.test(part.slice(0, at)) ? `${part.slice(0, at)}=${REDACTED}` : part;
  });
  return `${parsed.href}?${parts.join('&')}`;
}

/** Bytes of an answer that are looked at for an excerpt. */
const WINDOW = 16_384;

/**
 * The first characters of an answer (512 by default) on one line, without control characters; `''` for an empty one.
 * What `scrub` removes is removed before the text is cut, so that no half of a secret stays at its end.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { excerpt } from '@telemetryflow/http';
 *
 * const answer = Buffer.from('{\n  "error": "quota of key k-4711 exceeded"\n}');
 * const scrub = (text: string): string => text.replaceAll('k-4711', '[REDACTED]');
 * assert.equal(excerpt(answer, { scrub }), '{ "error": "quota of key [REDACTED] exceeded" }');
 * assert.equal(excerpt(answer, { maxCharacters: 9 }), '{ "error"…');
 * ```
 */
export function excerpt(
  body: Uint8Array,
  options: { readonly maxCharacters?: number; readonly scrub?: ((text: string) => string) | undefined } = {},
): string {
  if (body.length === 0) return '';
  const { maxCharacters = 512, scrub } = options;
  let text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, WINDOW)).toString('utf8');
  // Beyond the window a secret may go on: its beginning must not come into view when others before it are removed.
  if (body.length > WINDOW && scrub !== undefined) text = text.slice(0, WINDOW / 2);
  const clean = (scrub === undefined ? text : scrub(text)).replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return clean.length > maxCharacters ? `${clean.slice(0, maxCharacters)}…` : clean;
}

const SCHEME = /^(?:basic|bearer|token|apikey|api-token|splunk|digest|aws4-hmac-sha256)\s+/i;
const SHORTEST_SECRET = 4;

/**
 * Replaces the values of a request's headers, and the credentials within them, in any text.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { secretScrubber } from '@telemetryflow/http';
 *
 * const scrub = secretScrubber({ authorization: 'Bearer 4f2a9c' });
 * assert.equal(scrub('unknown token 4f2a9c'), 'unknown token [REDACTED]');
 * ```
 */
export function secretScrubber(headers: Readonly<Record<string, unknown>>): (text: string) => string {
  let secrets: readonly string[] | undefined;
  return (text) => {
    secrets ??= secretsOf(headers);
    let clean = text;
    for (const secret of secrets) clean = clean.replaceAll(secret, REDACTED);
    return clean;
  };
}

function secretsOf(headers: Readonly<Record<string, unknown>>): string[] {
  const found = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    if (PRINTABLE_HEADERS.has(name) || typeof value !== 'string') continue;
    const credentials = value.replace(SCHEME, '');
    const decoded = /^basic\s/i.test(value) ? Buffer.from(credentials, 'base64').toString('utf8') : '';
    const password = decoded.slice(decoded.indexOf(':') + 1);
    for (const each of [value, credentials, decoded, password]) {
      if (each.length < SHORTEST_SECRET) continue;
      found.add(each);
      // As it stands inside a JSON answer.
      found.add(JSON.stringify(each).slice(1, -1));
    }
  }
  return [...found].sort((a, b) => b.length - a.length);
}
