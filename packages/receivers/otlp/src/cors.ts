/** Cross-origin answers for browsers, by the Fetch standard. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Cors } from './config.ts';

export type CorsHeaders = Readonly<Record<string, string>>;

/** Headers for a request from this origin; none where the origin is not allowed or no browser asked. */
export function corsHeaders(cors: Cors | undefined): (headers: IncomingHttpHeaders, preflight: boolean) => CorsHeaders {
  if (cors === undefined) return () => ({});
  const origins = cors.allowed_origins.map(originPattern);
  const allowedHeaders = ['Content-Type', 'Content-Encoding', 'Accept', ...cors.allowed_headers].join(', ');
  const maxAge = Math.trunc(cors.max_age / 1000);
  return ({ origin }, preflight) => {
    if (origin === undefined || !origins.some((pattern) => pattern.test(origin))) return {};
    const common = { 'access-control-allow-origin': origin, vary: 'Origin' };
    if (!preflight) return common;
    return {
      ...common,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': allowedHeaders,
      ...(maxAge > 0 && { 'access-control-max-age': String(maxAge) }),
    };
  };
}

function originPattern(text: string): RegExp {
  const escaped = text.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'iu');
}
