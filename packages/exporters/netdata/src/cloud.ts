/** Netdata Cloud: it takes no metrics, but knows the spaces of a token. */
import { clientOptions, createHttpClient, describe } from '@telemetryflow/http';
import type { HealthcheckResult } from '@telemetryflow/kernel';
import type { NetdataConfig } from './config.ts';
import { isCloud } from './target.ts';

const BASE = 'https://app.netdata.cloud';

/** Whether the Cloud is asked at all: never without a token and a space. */
export function verifiesCloud({ api_token, space_id, verify_cloud = true }: NetdataConfig): boolean {
  return verify_cloud && api_token !== undefined && !api_token.empty && space_id !== '';
}

/** Whether the token opens the space. */
export async function checkSpace(config: NetdataConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const { api_token: token, space_id: space, endpoint } = config;
  // Authorities and client certificates are those of the Agent.
  const tls = { skip_verify: config.tls_skip_verify };
  const client = createHttpClient({ ...clientOptions({ ...config, tls }), compression: 'none' });
  const own = URL.canParse(endpoint) && isCloud(new URL(endpoint)) ? new URL(endpoint).origin : BASE;
  const ask = (base: string) =>
    client.request({
      method: 'GET',
      url: `${base}/api/v2/spaces`,
      headers: { authorization: `Bearer ${token?.reveal() ?? ''}` },
      signal,
    });
  try {
    let result = await ask(own);
    // The old host of the specification is only the one Agents of 1.3x are claimed at.
    if (own !== BASE && (result.kind === 'failure' || result.status === 404)) result = await ask(BASE);
    if (result.kind === 'failure') return { ok: false, message: result.message };
    if (result.status !== 200) return { ok: false, message: describe(result) };
    const listed = Buffer.from(result.body).toString().includes(`"${space}"`);
    return listed
      ? { ok: true, message: `the space ${space} is there` }
      : { ok: false, message: `the token does not open the space ${space}` };
  } finally {
    client.close();
  }
}
