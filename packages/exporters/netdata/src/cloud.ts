/** Netdata Cloud: it takes no metrics, but knows the spaces of a token. */
import { clientOptions, createHttpClient, describe } from '@telemetryflow/http';
import type { HealthcheckResult } from '@telemetryflow/kernel';
import type { NetdataConfig } from './config.ts';
import { isCloud } from './target.ts';

const BASE = 'https://app.netdata.cloud';

/** Whether the token opens the space; `undefined` where not both are configured. */
export async function checkSpace(config: NetdataConfig, signal: AbortSignal): Promise<HealthcheckResult | undefined> {
  const { api_token: token, space_id: space, endpoint } = config;
  if (token === undefined || token.empty || space === '') return undefined;
  const client = createHttpClient({ ...clientOptions(config), compression: 'none' });
  const own = URL.canParse(endpoint) && isCloud(new URL(endpoint)) ? new URL(endpoint).origin : BASE;
  const ask = (base: string) =>
    client.request({
      method: 'GET',
      url: `${base}/api/v2/spaces`,
      headers: { authorization: `Bearer ${token.reveal()}` },
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
