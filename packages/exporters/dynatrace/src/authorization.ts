/** The authorization header: two kinds of token, two schemes, the same URLs. */
import type { DynatraceConfig } from './config.ts';

/** Platform tokens; access tokens begin with `dt0c01.`, older ones have no prefix. */
const PLATFORM_TOKEN = /^dt0s\d\d\./;

/** `''` without a token. */
export function authorizationOf({
  api_token,
  auth_scheme,
}: Pick<DynatraceConfig, 'api_token' | 'auth_scheme'>): string {
  const token = api_token?.reveal() ?? '';
  if (token === '') return '';
  const bearer = auth_scheme === 'bearer' || (auth_scheme === 'auto' && PLATFORM_TOKEN.test(token));
  return `${bearer ? 'Bearer' : 'Api-Token'} ${token}`;
}
