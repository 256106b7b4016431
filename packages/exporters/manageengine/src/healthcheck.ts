/** One cheap request that shows whether the product is there and takes the key. */
import { clientOptions, createHttpClient, describe, mergeHeaders } from '@telemetryflow/http';
import type { HealthcheckResult } from '@telemetryflow/kernel';
import type { ManageengineConfig } from './config.ts';
import { baseUrlOf, destinationOf, productOf } from './destination.ts';
import { readEventAnswer } from './opmanager/classify-events.ts';
import { checkOtlpHealth } from './otlp.ts';

/** Both only read. */
const OPMANAGER_PATH = '/api/json/alarm/listAlarms';
const APPLICATIONS_MANAGER_PATH = '/AppManager/json/ListServer';
/** Applications Manager's own code for success. */
const SUCCESS = '4000';

export async function healthcheck(config: ManageengineConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  switch (productOf(config)) {
    case 'opmanager':
      return checkOpmanager(config, signal);
    case 'site24x7':
      return checkOtlp(config, 'metrics', signal);
    case 'applications_manager':
      if (config.otlp_endpoint !== '') return checkOtlp(config, 'traces', signal);
      return checkApplicationsManager(config, signal);
  }
}

async function checkOtlp(
  config: ManageengineConfig,
  of: 'metrics' | 'traces',
  signal: AbortSignal,
): Promise<HealthcheckResult> {
  const to = destinationOf(config, of);
  return to.kind === 'otlp' && to.url !== ''
    ? checkOtlpHealth(config, to.url, signal)
    : { ok: false, message: 'there is no otlp_endpoint to ask' };
}

/** Builds before 128100 take the key of a GET in the URL only, where logs would show it: these are not asked. */
async function checkOpmanager(config: ManageengineConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const url = `${baseUrlOf(config)}${OPMANAGER_PATH}`;
  const answer = await get(config, url, { apikey: config.api_key.reveal() }, signal);
  if (answer.kind === 'failure') return { ok: false, message: answer.message };
  const { retry, dropped } = readEventAnswer(answer);
  const problem = retry?.detail ?? dropped?.[0]?.detail;
  if (problem === undefined) return { ok: true, message: describe(answer) };
  return { ok: config.api_key_in === 'body' && retry?.reason === 'auth', message: problem };
}

async function checkApplicationsManager(config: ManageengineConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const base = baseUrlOf(config);
  if (base === '') return { ok: false, message: 'there is neither an otlp_endpoint nor a base_url to ask' };
  const query = new URLSearchParams({ apikey: config.api_key.reveal() });
  const answer = await get(config, `${base}${APPLICATIONS_MANAGER_PATH}?${query}`, {}, signal);
  if (answer.kind === 'failure') return { ok: false, message: answer.message };
  const code = /"response-code"\s*:\s*"?(\d+)/.exec(Buffer.from(answer.body).toString('utf8'))?.[1];
  return {
    ok: answer.status === 200 && code === SUCCESS,
    message: describe(answer, `response-code ${code ?? 'is missing'}`),
  };
}

async function get(
  config: ManageengineConfig,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): ReturnType<ReturnType<typeof createHttpClient>['request']> {
  const client = createHttpClient(clientOptions({ ...config, endpoint: '' }));
  try {
    return await client.request({ method: 'GET', url, headers: mergeHeaders(headers, config.headers), signal });
  } finally {
    client.close();
  }
}
