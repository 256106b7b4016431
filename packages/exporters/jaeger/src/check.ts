/** Rules of the configuration that its schema cannot state. */
import { checkGrpc, checkGrpcInstalled, checkHttpOptions, checkUnencrypted } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { JaegerConfig } from './config.ts';
import { routeOf } from './route.ts';
import { settingsOf } from './settings.ts';

const GRPC_WIRES: ReadonlySet<string> = new Set(['grpc', 'otlp/grpc']);

export function checkConfig(config: JaegerConfig): readonly Problem[] {
  return [...checkAgent(config), ...checkCredentials(config), ...checkRoute(config)];
}

function checkAgent(config: JaegerConfig): Problem[] {
  return (['agent_host', 'agent_port'] as const).flatMap((key) =>
    config[key] === undefined
      ? []
      : [
          {
            path: [key],
            message: 'the Jaeger agent and its UDP ports are discontinued',
            hint: 'set endpoint to the collector: http://HOST:4318 with protocol: otlp/http',
          },
        ],
  );
}

function checkCredentials({ username = '', password, endpoint }: JaegerConfig): Problem[] {
  const given = password !== undefined && !password.empty;
  if (username === '' && !given) return [];
  if (username === '') return [{ path: ['username'], message: 'there is a password without a username' }];
  if (!given) return [{ path: ['password'], message: 'there is a username without a password' }];
  return checkUnencrypted(endpoint, 'the password');
}

function checkRoute(config: JaegerConfig): Problem[] {
  const { wire, url, rewritten, fallback } = routeOf(config);
  const problems: Problem[] = [];
  if (rewritten !== undefined) {
    problems.push({
      path: [config.endpoint === '' ? 'protocol' : 'endpoint'],
      severity: 'warning',
      message: rewritten,
      hint: 'name the port of the protocol, or better protocol: otlp/http and port 4318',
    });
  }
  const settings = settingsOf(config);
  if (!GRPC_WIRES.has(wire)) return [...problems, ...checkHttpOptions(settings, [url])];
  return [
    ...problems,
    ...checkGrpcInstalled(),
    ...checkGrpc(settings, { endpoint: url }, ['traces']),
    ...(fallback === undefined ? [] : checkHttpOptions(settings, [fallback])),
  ];
}
