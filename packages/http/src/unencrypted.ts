/** Secrets on the wire in plain text. */
import type { Problem } from '@telemetryflow/kernel';

const LOCAL = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Warns when a secret (`what`, as "the access token") would travel to another machine over plain http.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkUnencrypted } from '@telemetryflow/http';
 *
 * const [problem] = checkUnencrypted('http://logs.example.com', 'the API key');
 * assert.deepEqual([problem?.severity, problem?.message], ['warning', 'the API key travels unencrypted over http']);
 * assert.deepEqual(checkUnencrypted('http://localhost:3100', 'the API key'), []);
 * ```
 */
export function checkUnencrypted(endpoint: string, what: string): Problem[] {
  if (!URL.canParse(endpoint)) return [];
  const { protocol, hostname } = new URL(endpoint);
  if (protocol !== 'http:' || LOCAL.test(hostname)) return [];
  return [
    {
      path: ['endpoint'],
      severity: 'warning',
      message: `${what} travels unencrypted over http`,
      hint: 'use an https endpoint',
    },
  ];
}
