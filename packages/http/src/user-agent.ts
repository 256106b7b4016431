/** The `User-Agent` of our requests. */
import { readFileSync } from 'node:fs';

let cached: string | undefined;

/** `telemetryflow/<version>`; without a version where a bundler has left package.json behind. */
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
