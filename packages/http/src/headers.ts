/** Request headers: which are legal in a configuration, and how they merge. */
import type { Problem, Secret } from '@telemetryflow/kernel';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// What node:http would throw on: control characters (CR, LF and NUL among them) and everything beyond latin1.
const ILLEGAL_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

const SCHEME_ONLY = /^(?:bearer|basic|token|apikey|api-token|splunk)\s*$/i;

/**
 * Headers that frame the message; setting them by hand breaks it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkHeaders, FRAMING_HEADERS } from '@telemetryflow/http';
 *
 * const refused = new Set([...FRAMING_HEADERS, 'host']);
 * const [problem] = checkHeaders({ Host: 'other.example.com' }, ['headers'], refused);
 * assert.equal(problem?.message, 'the header Host is set by the HTTP client');
 * ```
 */
export const FRAMING_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Configured header values are secrets; code may pass plain text. */
export type HeaderValues = Readonly<Record<string, Secret | string>>;

function text(value: Secret | string): string {
  return typeof value === 'string' ? value : value.reveal();
}

/**
 * What is wrong with configured headers: illegal names, line breaks in values, framing headers. Never a value.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkHeaders, type HeaderValues } from '@telemetryflow/http';
 *
 * const headers: HeaderValues = { 'x-scope': 'shop', 'x-key': 'k-4711\n', 'content-length': '7' };
 * const problems = checkHeaders(headers);
 * const at = problems.map(({ path }) => path.join('.'));
 * assert.deepEqual(at, ['headers.x-key', 'headers.content-length']);
 * assert.ok(!JSON.stringify(problems).includes('4711'));
 * ```
 */
export function checkHeaders(
  headers: HeaderValues | undefined,
  path: readonly (string | number)[] = ['headers'],
  refused: ReadonlySet<string> = FRAMING_HEADERS,
): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(headers ?? {})) {
    const at = [...path, name];
    if (!TOKEN.test(name)) {
      problems.push({
        path: at,
        message: `"${printable(name)}" is not a legal header name`,
        hint: 'use letters, digits and dashes only',
      });
    } else if (refused.has(name.toLowerCase())) {
      problems.push({
        path: at,
        message: `the header ${name} is set by the HTTP client`,
        hint: 'remove it from `headers`',
      });
    } else if (ILLEGAL_VALUE.test(text(value))) {
      problems.push({
        path: at,
        message: `the value of header ${name} holds a line break, a control character or a character beyond latin1`,
        hint: 'check the variable or file it comes from (often a trailing newline)',
      });
    } else if (SCHEME_ONLY.test(text(value))) {
      problems.push({
        path: at,
        message: `the value of header ${name} is a scheme without credentials`,
        hint: 'the variable in it is set to nothing; give it a value, or remove the header',
      });
    }
  }
  return problems;
}

/**
 * Configured headers that an exporter sets itself, where another value would break the request or lead it elsewhere.
 * `own` has their names in lower case; `hintOf` tells where the value belongs, by such a name.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkOwnHeaders } from '@telemetryflow/http';
 *
 * const own = new Set(['content-type', 'dd-api-key']);
 * const [problem] = checkOwnHeaders({ 'DD-API-KEY': 'k' }, own, (name) =>
 *   name === 'dd-api-key' ? 'set api_key instead' : undefined,
 * );
 * assert.equal(problem?.hint, 'set api_key instead');
 * ```
 */
export function checkOwnHeaders(
  headers: HeaderValues | undefined,
  own: ReadonlySet<string>,
  hintOf: (name: string) => string | undefined = () => undefined,
): Problem[] {
  return Object.keys(headers ?? {})
    .filter((name) => own.has(name.toLowerCase()))
    .map((name) => ({
      path: ['headers', name],
      message: `the exporter sets the header ${name} itself`,
      hint: hintOf(name.toLowerCase()) ?? 'remove it from `headers`',
    }));
}

function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?');
}

/**
 * Later maps win, names compared without case; empty values mean "none".
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mergeHeaders } from '@telemetryflow/http';
 * import { Secret } from '@telemetryflow/kernel';
 *
 * const builtIn = { 'content-type': 'application/json', accept: 'application/json' };
 * const configured = { 'Content-Type': 'application/x-ndjson', Accept: '', 'X-Key': new Secret('k-4711') };
 * assert.deepEqual(mergeHeaders(builtIn, configured), { 'content-type': 'application/x-ndjson', 'x-key': 'k-4711' });
 * ```
 */
export function mergeHeaders(...maps: readonly (HeaderValues | undefined)[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const map of maps) {
    for (const [name, value] of Object.entries(map ?? {})) {
      const key = name.toLowerCase();
      const plain = text(value);
      if (plain === '') delete merged[key];
      else merged[key] = plain;
    }
  }
  return merged;
}

/**
 * True when a header of this name has a value, whatever the case of its letters.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { hasHeader } from '@telemetryflow/http';
 *
 * assert.ok(hasHeader({ Authorization: 'Bearer 4711' }, 'authorization'));
 * assert.ok(!hasHeader({ Authorization: '' }, 'authorization'));
 * ```
 */
export function hasHeader(headers: HeaderValues | undefined, name: string): boolean {
  return Object.hasOwn(mergeHeaders(headers), name.toLowerCase());
}

/**
 * `Basic …` for user and password.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { basicAuth } from '@telemetryflow/http';
 *
 * assert.equal(basicAuth('jo', 'opensesame'), 'Basic am86b3BlbnNlc2FtZQ==');
 * ```
 */
export function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

/**
 * User and password of a URL, decoded; one with a percent sign that begins no escape is taken as it stands.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { userinfoOf } from '@telemetryflow/http';
 *
 * assert.deepEqual(userinfoOf(new URL('https://jo:50%25@es:9200')), ['jo', '50%']);
 * assert.deepEqual(userinfoOf(new URL('https://jo:100%@es:9200')), ['jo', '100%']);
 * ```
 */
export function userinfoOf({ username, password }: URL): readonly [user: string, password: string] {
  return [percentDecoded(username), percentDecoded(password)];
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
