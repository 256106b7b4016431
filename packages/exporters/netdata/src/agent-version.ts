/** Which protocols an Agent speaks, by its version. */
import { clientOptions, createHttpClient, describe } from '@telemetryflow/http';
import type { NetdataConfig } from './config.ts';

const OTLP_SINCE = [2, 7] as const;

/** True for versions that take OTLP (`v2.7.0` and later); `undefined` for a text that is no version. */
export function speaksOtlp(version: string): boolean | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return Number(major) > OTLP_SINCE[0] || (Number(major) === OTLP_SINCE[0] && Number(minor) >= OTLP_SINCE[1]);
}

/** Asks an Agent for its version. Resolves to `undefined`, with the reason in `say`, where it gives none. */
export async function askVersion(
  config: NetdataConfig,
  url: string,
  signal: AbortSignal,
  say: (sentence: string) => void,
): Promise<string | undefined> {
  const client = createHttpClient({ ...clientOptions(config), compression: 'none' });
  try {
    const result = await client.request({ method: 'GET', url, signal });
    if (result.kind === 'failure') say(result.message);
    else if (result.status !== 200) say(describe(result));
    else return versionIn(Buffer.from(result.body).toString());
    return undefined;
  } finally {
    client.close();
  }
}

/** The version in an answer of `/api/v1/info`. */
export function versionIn(text: string): string | undefined {
  try {
    const { version } = JSON.parse(text) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
