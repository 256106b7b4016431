/** What every protocol carries as header or metadata: Basic authentication and the tenant. */
import { basicAuth, type HeaderValues } from '@telemetryflow/http';
import type { JaegerConfig } from './config.ts';

export function authentication({ username = '', password, tenant = '' }: JaegerConfig): HeaderValues {
  return {
    ...(username !== '' && { authorization: basicAuth(username, password?.reveal() ?? '') }),
    'x-tenant': tenant,
  };
}
