/** Rules of the configuration that its schema cannot state. */
import { checkUnencrypted, hasHeader } from '@telemetryflow/http';
import type { Problem } from '@telemetryflow/kernel';
import type { InfluxdbConfig } from './config.ts';
import { authorizationOf, databaseOf, versionOf } from './endpoint.ts';

export function checkConfig(config: InfluxdbConfig): Problem[] {
  return [...checkPlace(config), ...checkCredentials(config), ...checkBodies(config)];
}

function checkPlace(config: InfluxdbConfig): Problem[] {
  const problems: Problem[] = [];
  const version = versionOf(config);
  const { org, bucket = '' } = config;
  const query = URL.canParse(config.endpoint) ? new URL(config.endpoint).searchParams : new URLSearchParams();
  if (version === 2) {
    if (bucket === '' && !query.has('bucket')) {
      problems.push({
        path: ['bucket'],
        message: 'InfluxDB 2 writes into a bucket, and none is named',
        hint: 'set bucket; for InfluxDB 1 set version: 1 and database',
      });
    }
    if (org === '') {
      problems.push({
        path: ['org'],
        message: 'it is empty',
        hint: 'the variable in it is not set; name the organization',
      });
    } else if (org === undefined && !query.has('org')) {
      problems.push({
        path: ['org'],
        severity: 'warning',
        message: 'InfluxDB 2 and its cloud demand an organization',
        hint: 'set org to its name or id',
      });
    }
  } else if (databaseOf(config) === '' && !query.has('db')) {
    problems.push({
      path: ['database'],
      message: `InfluxDB ${version} writes into a database, and none is named`,
      hint: 'set database; for InfluxDB 2 set token, org and bucket',
    });
  }
  if (version !== 1) {
    for (const key of ['retention_policy', 'consistency'] as const) {
      if (config[key] === undefined) continue;
      problems.push({ path: [key], severity: 'warning', message: `InfluxDB ${version} knows no ${key}` });
    }
  }
  if (query.has('precision')) {
    problems.push({
      path: ['endpoint'],
      message: 'the URL names a precision',
      hint: 'remove it from the URL; the option precision sets it together with the unit of the times',
    });
  }
  return problems;
}

function checkCredentials(config: InfluxdbConfig): Problem[] {
  const { username = '', password } = config;
  const withPassword = password !== undefined && !password.empty;
  if (username !== '' && !withPassword) {
    return [{ path: ['password'], message: 'there is a username without a password' }];
  }
  if (username === '' && withPassword) {
    return [{ path: ['username'], message: 'there is a password without a username' }];
  }
  const authorization = authorizationOf(config);
  if (/[^\x20-\x7e]/.test(authorization)) {
    return [
      {
        path: ['token'],
        message: 'the token holds a line break or another character that no token has',
        hint: 'check the variable or file it comes from',
      },
    ];
  }
  if (authorization !== '') return checkUnencrypted(config.endpoint, 'the credentials');
  if (versionOf(config) === 1 || hasHeader(config.headers, 'authorization')) return [];
  return [
    {
      path: ['token'],
      severity: 'warning',
      message: 'there is no token, which only a server without authentication takes',
      hint: 'set token',
    },
  ];
}

function checkBodies(config: InfluxdbConfig): Problem[] {
  if (config.compression !== 'zstd') return [];
  return [{ path: ['compression'], message: 'InfluxDB takes no zstd', hint: 'use gzip or none' }];
}
