/** A gateway of the user's own, for `exporterContract`: it takes what the original agent of this block sent. */
import type { BackendProfile, RecordedRequest } from '@telemetryflow/testkit';

export interface GatewayItem {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The items of a request. */
export function gatewayItems(request: RecordedRequest): readonly GatewayItem[] {
  const [[name, items]] = Object.entries(request.json() as object) as [[string, GatewayItem[]]];
  if (!['logs', 'metrics'].includes(name)) throw new Error(`a list named ${name}`);
  return items;
}

export const GATEWAY_PROFILE: BackendProfile = {
  decode: (request) => gatewayItems(request).map(({ attributes }) => String(attributes['item.id'])),
  success({ method, headers }) {
    if (method !== 'POST' || headers['content-type'] !== 'application/json') throw new Error('no JSON was posted');
    if (headers.authorization?.startsWith('Apikey ') !== true)
      throw new Error(`authorization ${headers.authorization}`);
    return { status: 202 };
  },
  transient: () => ({ status: 503 }),
  permanent: () => ({ status: 400 }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 && { headers: { 'retry-after': String(delayMs / 1000) } }),
  }),
  auth: () => ({ status: 401 }),
  tooLarge: () => ({ status: 413 }),
};
