/** Makes URLs, headers and answers safe to log. */

const REDACTED = '[REDACTED]';
const KEY_LIKE = /key|token|secret|pass|auth|sig|credential|session|code|license/i;
const PRINTABLE_HEADERS = new Set(['content-type', 'content-encoding', 'content-length', 'user-agent', 'accept']);

/** The URL without userinfo and without the values of key-like query parameters; `[invalid url]` if it is none. */
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

/** Every value hidden, except of the few headers that never hold a secret. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    result[name] = PRINTABLE_HEADERS.has(name.toLowerCase()) ? value : REDACTED;
  }
  return result;
}

/** The first characters of an answer on one line, without control characters; `''` for an empty one. */
export function excerpt(body: Uint8Array, maxCharacters = 512): string {
  if (body.length === 0) return '';
  const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, maxCharacters * 4)).toString('utf8');
  const clean = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return clean.length > maxCharacters ? `${clean.slice(0, maxCharacters)}…` : clean;
}
