/** From configuration to what a driver is given: TLS, credentials, limits of time. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from '@telemetryflow/kernel';
import { acksOf, brokersOf, compressionOf, type KafkaConfig, type SaslMechanism } from './config.ts';
import type { ConnectOptions, SaslOptions } from './driver/port.ts';

/** Reads the TLS files. Throws what the file system throws; `check` has said so before, with a position. */
export function connectOptions(config: KafkaConfig, logger: Logger): ConnectOptions {
  return {
    brokers: brokersOf(config),
    clientId: config.client_id,
    acks: acksOf(config),
    idempotent: config.idempotent,
    createTopics: config.create_topics,
    compression: compressionOf(config),
    connectionTimeout: config.connection_timeout,
    requestTimeout: config.timeout,
    tls: tlsOf(config),
    sasl: saslOf(config),
    logger,
  };
}

/** The TLS files and options, from the block and from the flat keys. */
export function tlsFiles(config: KafkaConfig): {
  readonly on: boolean;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly skipVerify: boolean;
} {
  const { tls = {} } = config;
  const ca = tls.ca_file || config.tls_ca_file || undefined;
  const cert = tls.cert_file || config.tls_cert_file || undefined;
  const key = tls.key_file || config.tls_key_file || undefined;
  const skipVerify = tls.skip_verify ?? config.tls_skip_verify;
  const implied = config.tls !== undefined || ca !== undefined || cert !== undefined || skipVerify;
  return { on: tls.enabled ?? config.tls_enabled ?? implied, ca, cert, key, skipVerify };
}

function tlsOf(config: KafkaConfig): ConnectionOptions | undefined {
  const { on, ca, cert, key, skipVerify } = tlsFiles(config);
  if (!on) return undefined;
  const { server_name, min_version } = config.tls ?? {};
  return {
    ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }),
    ...(cert !== undefined && { cert: readFileSync(cert, 'utf8') }),
    ...(key !== undefined && { key: readFileSync(key, 'utf8') }),
    ...(server_name !== undefined && server_name !== '' && { servername: server_name }),
    ...(min_version !== undefined && { minVersion: `TLSv${min_version}` as const }),
    ...(skipVerify && { rejectUnauthorized: false }),
  };
}

/** The credentials; `undefined` when none are to be used. */
export function saslOf(config: KafkaConfig): SaslOptions | undefined {
  const mechanism = config.sasl_mechanism.toUpperCase() as SaslMechanism;
  const secret = mechanism === 'OAUTHBEARER' ? config.sasl_token : config.sasl_password;
  const given = (config.sasl_username ?? '') !== '' || (secret !== undefined && !secret.empty);
  if (!(config.sasl_enabled ?? given)) return undefined;
  return { mechanism, username: config.sasl_username ?? '', password: secret?.reveal() ?? '' };
}
