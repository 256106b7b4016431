/** Rules of the configuration that its schema cannot state. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { isInstalled, type Problem } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { acksOf, compressionOf, fits, type KafkaConfig, signalsOf, topicOf } from './config.ts';
import { tlsFiles } from './connect-options.ts';
import { keyRule } from './partition-key.ts';

/** Smaller ones would leave no room for a record besides its overhead. */
const MIN_MESSAGE_BYTES = 1024;
/** Default of `message.max.bytes`, which counts after compression. */
const BROKER_DEFAULT_BYTES = 1_048_588;

export function checkConfig(config: KafkaConfig): Problem[] {
  return [
    ...checkBrokers(config),
    ...checkTopics(config),
    ...checkEncodings(config),
    ...checkDelivery(config),
    ...checkPackages(config),
    ...checkTls(config),
    ...checkSasl(config),
  ];
}

function checkBrokers({ brokers }: KafkaConfig): Problem[] {
  return brokers.flatMap((broker, index): Problem[] => {
    const path = ['brokers', index];
    if (/^[a-z][a-z0-9+_]*:\/\//i.test(broker)) {
      return [
        { path, message: 'a broker is host:port, without a scheme', hint: 'write kafka:9092; TLS is tls_enabled' },
      ];
    }
    if (broker.includes(',')) {
      return [{ path, message: 'several brokers in one entry', hint: 'write one list entry per broker' }];
    }
    if (!/^(\[[0-9a-f:.]+\]|[^\s:/@]+)(:\d{1,5})?$/i.test(broker)) {
      return [{ path, message: 'this is no host:port', hint: 'write kafka:9092' }];
    }
    return [];
  });
}

function checkTopics(config: KafkaConfig): Problem[] {
  const problems: Problem[] = [];
  for (const signal of ['metrics', 'logs', 'traces'] as const) {
    const topic = topicOf(config, signal);
    if (topic !== '' && (!/^[a-zA-Z0-9._-]{1,249}$/.test(topic) || topic === '.' || topic === '..')) {
      problems.push({
        path: [topicKey(signal)],
        message: 'this is no name for a topic',
        hint: 'up to 249 letters, digits, dots, underscores and dashes',
      });
    }
  }
  if (signalsOf(config).length === 0) {
    problems.push({
      path: ['topic'],
      message: 'no signal is left: all topics are empty or all signals are off',
      hint: 'name a topic, or set enabled: false',
    });
  }
  return problems;
}

function checkEncodings(config: KafkaConfig): Problem[] {
  const problems: Problem[] = [];
  const on = signalsOf(config);
  const others = on.filter((signal) => config[`${signal}_encoding`] === undefined && !fits(config.encoding, signal));
  if (others.length > 0) {
    problems.push({
      path: ['encoding'],
      severity: 'warning',
      message: `${config.encoding} cannot carry ${others.join(' and ')}, which are sent as otlp_proto`,
      hint: `set ${others[0]}_encoding, or an empty topic to leave them out`,
    });
  }
  for (const signal of on) {
    const own = config[`${signal}_encoding`];
    if (own === undefined || fits(own, signal)) continue;
    problems.push({
      path: [`${signal}_encoding`],
      severity: 'warning',
      message: `${own} cannot carry ${signal}, which are sent as otlp_proto`,
      hint: 'use otlp_proto or otlp_json',
    });
  }
  if (keyRule(config.partition_key) === undefined) {
    problems.push({
      path: ['partition_key'],
      message: `"${config.partition_key}" is no key`,
      hint: 'hostname, service, trace_id, resource, resource:<attribute>, an attribute with a dot in its name, or none',
    });
  }
  return problems;
}

function checkDelivery(config: KafkaConfig): Problem[] {
  const problems: Problem[] = [];
  const acks = acksOf(config);
  if (config.idempotent && acks !== -1) {
    problems.push({ path: ['acks'], message: 'idempotent needs acks: all', hint: 'set acks: all' });
  }
  if (config.idempotent && config.driver === 'kafkajs') {
    problems.push({
      path: ['idempotent'],
      message: 'kafkajs reuses sequence numbers after a failed request, and brokers then throw records away unseen',
      hint: 'set driver: platformatic, or idempotent: false',
    });
  }
  if (acks !== -1) {
    problems.push({
      path: ['acks'],
      severity: 'warning',
      message:
        acks === 0
          ? 'with acks: 0 no error of a broker is ever seen, and what it loses counts as delivered'
          : 'with acks: 1 a record can be lost after it was acknowledged, even when brokers are shut down in order',
      hint: 'set acks: all',
    });
  }
  if (config.max_message_bytes < MIN_MESSAGE_BYTES) {
    problems.push({
      path: ['max_message_bytes'],
      message: `fewer than ${MIN_MESSAGE_BYTES} bytes leave no room for records`,
      hint: 'the default is 1000000',
    });
  } else if (config.max_message_bytes > BROKER_DEFAULT_BYTES && compressionOf(config) === 'none') {
    problems.push({
      path: ['max_message_bytes'],
      severity: 'warning',
      message: `brokers take ${BROKER_DEFAULT_BYTES} bytes unless max.message.bytes of the topic is raised`,
      hint: 'raise it there as well',
    });
  }
  for (const name of Object.keys(config.headers)) {
    if (name !== 'content-type' && name !== 'telemetryflow-signal') continue;
    problems.push({ path: ['headers', name], message: `${name} is set by the exporter`, hint: 'use another name' });
  }
  return problems;
}

function checkPackages(config: KafkaConfig): Problem[] {
  if (config.driver === 'platformatic') return need('@platformatic/kafka', ['driver'], 'driver: platformatic');
  return compressionOf(config) === 'lz4'
    ? need('@platformatic/wasm-utils', ['compression'], 'compression: lz4 with driver: kafkajs')
    : [];
}

function need(name: string, path: readonly string[], what: string): Problem[] {
  if (isInstalled(name, import.meta.url)) return [];
  return [{ path, message: `${what} needs the package ${name}`, hint: `npm install ${name}` }];
}

function checkTls(config: KafkaConfig): Problem[] {
  const problems: Problem[] = [];
  const { on, cert, key, skipVerify, ca } = tlsFiles(config);
  const texts: Partial<Record<'ca' | 'cert' | 'key', string>> = {};
  for (const [part, name] of Object.entries({ ca, cert, key }) as ['ca' | 'cert' | 'key', string | undefined][]) {
    if (name === undefined) continue;
    try {
      texts[part] = readFileSync(name, 'utf8');
    } catch (error) {
      problems.push({
        path: tlsPath(config, `${part}_file`),
        message: `cannot read ${name} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
        hint: 'name a readable PEM file; relative paths start at the working directory',
      });
    }
  }
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['key_file', 'cert_file'] : ['cert_file', 'key_file'];
    problems.push({ path: tlsPath(config, given), message: `${given} without ${missing}`, hint: `add ${missing}` });
  } else if (problems.length === 0) {
    problems.push(...checkPem(config, texts));
  }
  if (on && skipVerify) {
    problems.push({
      path: config.tls?.skip_verify === undefined ? ['tls_skip_verify'] : ['tls', 'skip_verify'],
      severity: 'warning',
      message: 'the certificates of the brokers are not verified: anyone on the path can read and change what is sent',
      hint: 'name the authority that signed them with ca_file instead',
    });
  }
  return problems;
}

function checkPem(config: KafkaConfig, { ca, cert, key }: Partial<Record<'ca' | 'cert' | 'key', string>>): Problem[] {
  if (ca !== undefined && !ca.includes('-----BEGIN')) {
    return [{ path: tlsPath(config, 'ca_file'), message: 'the file holds no PEM certificate' }];
  }
  if (cert === undefined || key === undefined) return [];
  try {
    createSecureContext({ cert, key });
    return [];
  } catch (error) {
    return [
      {
        path: tlsPath(config, 'cert_file'),
        message: `cert_file and key_file cannot be used together (${(error as Error).message})`,
        hint: 'both must be PEM, and the key must belong to the certificate',
      },
    ];
  }
}

function tlsPath(config: KafkaConfig, key: string): string[] {
  const inBlock = (config.tls as Readonly<Record<string, unknown>> | undefined)?.[key] !== undefined;
  return inBlock ? ['tls', key] : [`tls_${key}`];
}

function checkSasl(config: KafkaConfig): Problem[] {
  const bearer = config.sasl_mechanism.toUpperCase() === 'OAUTHBEARER';
  const username = (config.sasl_username ?? '') !== '';
  const password = config.sasl_password !== undefined && !config.sasl_password.empty;
  const token = config.sasl_token !== undefined && !config.sasl_token.empty;
  const on = config.sasl_enabled ?? (username || password || token);
  if (!on) return [];
  if (bearer) {
    return token ? [] : [{ path: ['sasl_token'], message: 'OAUTHBEARER needs a token', hint: 'set sasl_token' }];
  }
  const problems: Problem[] = [];
  if (!username) problems.push({ path: ['sasl_username'], message: 'SASL without a user', hint: 'set sasl_username' });
  if (!password)
    problems.push({ path: ['sasl_password'], message: 'SASL without a password', hint: 'set sasl_password' });
  if (config.sasl_mechanism.toUpperCase() === 'PLAIN' && !tlsFiles(config).on) {
    problems.push({
      path: ['sasl_mechanism'],
      severity: 'warning',
      message: 'PLAIN without TLS sends the password readable for anyone on the path',
      hint: 'set tls_enabled: true, or use SCRAM-SHA-512',
    });
  }
  return problems;
}

function topicKey(signal: Signal): string {
  return signal === 'metrics' ? 'topic' : `${signal}_topic`;
}
