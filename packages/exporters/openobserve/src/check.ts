/** Rules of the configuration that its schema cannot state. */
import { checkUnencrypted } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import { baseOf, logsFormat, type OpenobserveConfig } from './config.ts';

export function check(config: OpenobserveConfig): readonly Problem[] {
  return [...checkCredentials(config), ...checkPaths(config), ...checkProtocol(config)];
}

function checkCredentials({ username, endpoint }: OpenobserveConfig): Problem[] {
  const problems: Problem[] = checkUnencrypted(endpoint, 'the password');
  if (username.includes(':')) {
    problems.push({
      path: ['username'],
      message: 'Basic authentication has no room for a user with a colon',
      hint: 'write the user here and the password under password',
    });
  }
  return problems;
}

/** What is one segment of a path must not step out of it. */
function checkPaths(config: OpenobserveConfig): Problem[] {
  const segments = {
    organization: baseOf(config).organization,
    stream_name: config.stream_name,
    ...(config.logs_stream !== '' && { logs_stream: config.logs_stream }),
  };
  return Object.entries(segments).flatMap(([key, value]) =>
    value === '' || value === '.' || value === '..'
      ? [{ path: [key], message: `"${value}" is no name`, hint: 'use the identifier as in the URLs of OpenObserve' }]
      : [],
  );
}

function checkProtocol(config: OpenobserveConfig): Problem[] {
  if (config.protocol !== 'grpc') return [];
  const problems: Problem[] = [];
  if (logsFormat(config) !== 'otlp') {
    problems.push({
      path: ['logs_protocol'],
      message: 'JSON records of logs travel over HTTP only',
      hint: 'set logs_protocol: otlp, or protocol: http',
    });
  }
  const { base } = baseOf(config);
  if (URL.canParse(base) && new URL(base).port === '5080' && base !== 'http://localhost:5080') {
    problems.push({
      path: ['endpoint'],
      severity: 'warning',
      message: 'port 5080 is the HTTP port of OpenObserve',
      hint: 'gRPC is served on port 5081',
    });
  }
  return problems;
}
