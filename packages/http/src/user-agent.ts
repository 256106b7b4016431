/** The `User-Agent` of our requests. */
import { readFileSync } from 'node:fs';

let cached: string | undefined;

/**
 * `telemetryflow/<version>`; without a version where a bundler has left package.json behind.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { userAgent } from '@telemetryflow/http';
 *
 * const headers = { 'user-agent': `acme-shipper/1.0.0 ${userAgent()}` };
 * assert.ok(headers['user-agent'].startsWith('acme-shipper/1.0.0 telemetryflow'));
 * ```
 */
export function userAgent(): string {
  cached ??= read();
  return cached;
}

function read(): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    return `telemetryflow/${(manifest as { version: string }).version}`;
  } catch {
    return 'telemetryflow';
  }
}
