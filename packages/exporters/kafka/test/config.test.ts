import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import kafka, { type KafkaConfig } from '@telemetryflow/exporter-kafka';
import { enabledSignals } from '@telemetryflow/kernel';
import { resolveText } from '@telemetryflow/testkit';
import { acksOf, brokersOf, compressionOf, signalEncoding } from '../src/config.ts';
import { connectOptions } from '../src/connect-options.ts';

async function resolved(text: string): Promise<{ readonly config: KafkaConfig; readonly warnings: readonly string[] }> {
  const { config, warnings } = await resolveText(kafka, text);
  const found = config.exporters.get('kafka')?.config as KafkaConfig;
  return { config: found, warnings: warnings.map(({ message }) => message) };
}

const configure = (yaml: string): ReturnType<typeof resolved> =>
  resolved(`exporters:\n  kafka:\n    brokers: [kafka:9092]\n${yaml.replace(/^/gm, '    ')}`);

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

test('the block of the specification loads as it is written', async () => {
  const file = join(import.meta.dirname, '../../../../test/spec-configs/configs/kafka.yaml');
  const { config, warnings } = await resolved(readFileSync(file, 'utf8'));
  expect(config).toMatchObject({
    brokers: ['kafka:9092'],
    topic: 'telemetryflow-metrics',
    logs_topic: 'telemetryflow-logs',
    traces_topic: 'telemetryflow-traces',
    compression: 'snappy',
    batch_size: 100,
    encoding: 'json',
    partition_key: 'hostname',
    acks: 'all',
    driver: 'kafkajs',
    flush_interval: 1000,
    timeout: 30_000,
    connection_timeout: 10_000,
    max_message_bytes: 1_000_000,
  });
  expect(enabledSignals(kafka, config)).toEqual(['traces', 'metrics', 'logs']);
  expect(signalEncoding(config, 'logs')).toBe('otlp_json');
  expect(warnings).toEqual([]);
});

test('other names of keys are understood', async () => {
  const { config } = await configure('metrics_topic: m\nrequired_acks: 1\nsending_queue: { queue_size: 7 }');
  expect(config.topic).toBe('m');
  expect(acksOf(config)).toBe(1);
});

test.each([
  ['acks: all', -1],
  ['acks: -1', -1],
  ['acks: "1"', 1],
  ['acks: 0', 0],
] as const)('%s', async (yaml, expected) => {
  expect(acksOf((await configure(yaml)).config)).toBe(expected);
});

test('an empty topic leaves its signal out, and so does its switch', async () => {
  const { config } = await configure('traces_topic: ""\nmetrics: false');
  expect(enabledSignals(kafka, config)).toEqual(['logs']);
});

test('a broker without port is at 9092', async () => {
  const { config } = await resolved('exporters: { kafka: { brokers: [a, "b:1", "[::1]:9093"] } }');
  expect(brokersOf(config)).toEqual(['a:9092', 'b:1', '[::1]:9093']);
});

test('compression may be a boolean', async () => {
  expect(compressionOf((await configure('compression: true')).config)).toBe('snappy');
  expect(compressionOf((await configure('compression: false')).config)).toBe('none');
});

test('encodings are per signal, and those for another signal fall back with a warning', async () => {
  const { config, warnings } = await configure('encoding: jaeger_proto\nlogs_encoding: raw');
  expect(['traces', 'metrics', 'logs'].map((signal) => signalEncoding(config, signal as 'traces'))).toEqual([
    'jaeger_proto',
    'otlp_proto',
    'raw',
  ]);
  expect(warnings).toEqual([expect.stringContaining('jaeger_proto cannot carry metrics')]);
});

describe('TLS and SASL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-config-'));
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, '-----BEGIN CERTIFICATE-----\n');
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

  test('become what the clients are given, and PLAIN is the default', async () => {
    const { config } = await configure(`tls_ca_file: ${ca}\nsasl_username: u\nsasl_password: p`);
    expect(connectOptions(config, silent)).toMatchObject({
      tls: { ca: '-----BEGIN CERTIFICATE-----\n' },
      sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' },
      acks: -1,
    });
  });

  test('are off when nothing asks for them', async () => {
    const options = connectOptions((await configure('')).config, silent);
    expect([options.tls, options.sasl]).toEqual([undefined, undefined]);
  });

  test('mechanisms are taken in either case', async () => {
    const { config } = await configure('sasl_mechanism: scram-sha-512\nsasl_username: u\nsasl_password: p');
    expect(connectOptions(config, silent).sasl?.mechanism).toBe('SCRAM-SHA-512');
  });

  test('sasl_enabled: false wins over credentials, tls.enabled: false over files', async () => {
    const { config } = await configure(
      `sasl_enabled: false\nsasl_username: u\nsasl_password: p\ntls: { enabled: false, ca_file: ${ca} }`,
    );
    const options = connectOptions(config, silent);
    expect([options.tls, options.sasl]).toEqual([undefined, undefined]);
  });
});

test.each([
  ['acks: 1', /acknowledged, even when brokers are shut down in order/],
  ['acks: 0', /no error of a broker is ever seen/],
  ['tls_skip_verify: true', /not verified/],
  ['sasl_username: u\nsasl_password: p', /PLAIN without TLS/],
  ['max_message_bytes: 5MB\ncompression: none', /max.message.bytes/],
])('%p is warned about', async (yaml, expected) => {
  const { warnings } = await configure(yaml);
  expect(warnings).toEqual([expect.stringMatching(expected)]);
});

test.each([
  ['idempotent: true', /kafkajs reuses sequence numbers/],
  ['idempotent: true\nacks: 1\ndriver: platformatic', /needs acks: all/],
  ['logs_topic: "a/../b"', /no name for a topic/],
  ['logs_topic: ".."', /no name for a topic/],
  ['topic: ""\nlogs_topic: ""\ntraces_topic: ""', /no signal is left/],
  ['partition_key: banana', /"banana" is no key/],
  ['encoding: avro', /avro/],
  ['compression: brotli', /brotli/],
  ['acks: 2', /acks/],
  ['max_message_bytes: 10', /no room/],
  ['headers: { content-type: text/html }', /set by the exporter/],
  ['tls: { ca_file: /no/such.pem }', /tls\.ca_file.*cannot read \/no\/such\.pem \(ENOENT\)/],
  ['tls_cert_file: /no/such.pem', /cert_file/],
  ['sasl_enabled: true', /SASL without a user/],
  ['sasl_mechanism: OAUTHBEARER\nsasl_enabled: true', /needs a token/],
  ['sasl_mechanism: GSSAPI', /GSSAPI/],
  ['topik: x', /topic/],
])('%p is refused', async (yaml, expected) => {
  await expect(configure(yaml)).rejects.toThrow(expected);
});

test.each([
  ['kafka://kafka:9092', /without a scheme/],
  ['a:9092,b:9092', /one list entry per broker/],
  ['user@host:9092', /no host:port/],
])('the broker %p is refused at its place', async (broker, expected) => {
  const text = `exporters:\n  kafka:\n    brokers:\n      - "${broker}"\n`;
  await expect(resolved(text)).rejects.toThrow(expected);
  await expect(resolved(text)).rejects.toThrow(/telemetry\.yaml:4:\d+/);
});

test('without brokers there is nothing to send to', async () => {
  await expect(resolved('exporters: { kafka: {} }')).rejects.toThrow(/brokers/);
});
