/**
 * Answers of Coroot. Differences to OTLP:
 *
 *   200 with a page of HTML   dropped: Coroot's interface answers every unknown path
 *   404 about the project     retried as auth: the key is wrong
 *   404 with another line     retried: every failure to look the project up is one
 *   404 with a page           dropped: a wrong path, or a proxy
 *   500                       retried: its Prometheus or its database is away
 *   UNKNOWN                   as 404 with a line: gRPC has no other name for the plain errors of its handlers
 */
import {
  type ClassifyRules,
  classify,
  describe,
  type GrpcRule,
  type HttpResponse,
  isPage,
  type OtlpSent,
} from '@telemetryflow/http';
import { drop, type Outcome } from '@telemetryflow/kernel';

export const AUTH_HINT = 'check api_key: the API key of the project (project settings, General)';
const PATH_HINT = 'the endpoint is not a Coroot collector path: use http://HOST:8080, with url_base_path if one is set';
const PROJECT = /project not found/i;
/** One line of plain text, as Coroot's own errors are. */
const ONE_LINE = /^[^<\r\n]+$/;

export const RULES: ClassifyRules = {
  rules: [
    { status: 404, body: PROJECT, verdict: { retry: 'auth' }, hint: AUTH_HINT },
    { status: 404, body: ONE_LINE, verdict: { retry: 'unavailable' } },
    { status: [301, 302, 307, 308, 404, 405], verdict: { drop: 'invalid' }, hint: PATH_HINT },
    { status: 500, verdict: { retry: 'unavailable' } },
  ],
};

/** UNKNOWN is also what a client makes of an answer that is not gRPC: the table of the protocol knows those. */
const OF_A_HANDLER = /^(?!.*(?:HTTP status code|RST_STREAM|without gRPC status|No status information))./s;

export const GRPC_RULES: readonly GrpcRule[] = [
  { code: 2, message: PROJECT, verdict: { retry: 'auth' }, hint: AUTH_HINT },
  { code: 2, message: OF_A_HANDLER, verdict: { retry: 'unavailable' } },
];

/** A success that is none, and the success of remote write, which has no body worth reading. */
export function answerOf(response: HttpResponse, { signal }: OtlpSent): Outcome | undefined {
  const { status } = response;
  if (status < 200 || status >= 300) return undefined;
  if (isPage(response)) return drop('invalid', describe(response, PATH_HINT));
  return signal === 'metrics' ? classify(response) : undefined;
}
