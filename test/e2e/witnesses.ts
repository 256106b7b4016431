/**
 * What each exporter was proven against, per signal, strongest first: a real server of the vendor, the receiver of a
 * third party, or else a strict fake of the testkit. The support matrix is made from this table, in which no signal may
 * be missing, and a test compares it with the end-to-end tests and the contract tests.
 */
import type { Signal } from '@telemetryflow/otlp';

/** Something not ours that took what an exporter sent, and was read back. */
export interface Referee {
  readonly name: string;
  readonly version: string;
  readonly kind: 'server' | 'receiver';
  /** The module under `referees/` that starts it. */
  readonly referee: string;
  /** The end-to-end test, beside this file. */
  readonly test: string;
}

/** A backend of the testkit, written from the vendor's documentation: for what nobody else gives a receiver. */
export interface Fake {
  readonly name: 'strict fake';
  readonly kind: 'fake';
  /** The module of the testkit's `fakes/`, whose profile the contract test of the exporter uses. */
  readonly fake: string;
}

export type Witness = Referee | Fake;

const COLLECTOR = { name: 'Collector', version: '0.157.0', kind: 'receiver', referee: 'collector' } as const;
const PROMETHEUS_2 = { name: 'Prometheus', version: '2.42.0', kind: 'server', referee: 'prometheus' } as const;
const PROMETHEUS_3 = { ...PROMETHEUS_2, version: '3.14.0' } as const;
const KAFKA = { name: 'Apache Kafka', version: '4.1.1', kind: 'server', referee: 'kafka', test: 'kafka' } as const;
const MOTO = { name: 'moto', version: '5.2.5', kind: 'receiver', referee: 'moto', test: 'cloudwatch' } as const;

const ELASTICSEARCH = {
  name: 'Elasticsearch',
  version: '8.19.2',
  kind: 'server',
  referee: 'elasticsearch',
  test: 'elasticsearch',
} as const;
const OPENSEARCH = { ...ELASTICSEARCH, name: 'OpenSearch', version: '2.19.5', referee: 'opensearch' } as const;

type Witnesses = Readonly<Partial<Record<Signal, readonly Witness[]>>>;

function everySignal(...witnesses: Witness[]): Witnesses {
  return { traces: witnesses, metrics: witnesses, logs: witnesses };
}

export const WITNESSES: Readonly<Record<string, Witnesses>> = {
  cloudwatch: {
    traces: [{ ...COLLECTOR, test: 'cloudwatch' }],
    metrics: [MOTO, { ...COLLECTOR, test: 'cloudwatch' }],
    logs: [MOTO, { ...COLLECTOR, test: 'cloudwatch' }],
  },
  coroot: {
    traces: [{ ...COLLECTOR, test: 'coroot' }],
    metrics: [
      { ...PROMETHEUS_3, kind: 'receiver', test: 'coroot' },
      { ...PROMETHEUS_2, kind: 'receiver', test: 'coroot' },
      { name: 'VictoriaMetrics', version: '1.79.5', kind: 'receiver', referee: 'victoria-metrics', test: 'coroot' },
    ],
    logs: [{ ...COLLECTOR, test: 'coroot' }],
  },
  datadog: {
    traces: [{ name: 'ddapm-test-agent', version: '1.69.1', kind: 'receiver', referee: 'ddapm', test: 'datadog' }],
    metrics: [
      { name: 'VictoriaMetrics', version: '1.79.5', kind: 'receiver', referee: 'victoria-metrics', test: 'datadog' },
    ],
    logs: [{ name: 'strict fake', kind: 'fake', fake: 'datadog' }],
  },
  dynatrace: everySignal({ ...COLLECTOR, test: 'dynatrace' }),
  elasticsearch: everySignal(ELASTICSEARCH, OPENSEARCH),
  hyperdx: everySignal({ ...COLLECTOR, test: 'hyperdx' }),
  influxdb: {
    metrics: [
      { name: 'InfluxDB', version: '1.6.7', kind: 'server', referee: 'influxdb', test: 'influxdb' },
      { name: 'VictoriaMetrics', version: '1.79.5', kind: 'receiver', referee: 'victoria-metrics', test: 'influxdb' },
    ],
  },
  instana: everySignal({ ...COLLECTOR, test: 'instana' }),
  jaeger: {
    traces: [
      { name: 'Jaeger', version: '1.76.0', kind: 'server', referee: 'jaeger', test: 'jaeger' },
      { ...COLLECTOR, test: 'jaeger' },
    ],
  },
  kafka: everySignal(KAFKA),
  loki: { logs: [{ name: 'Loki', version: '3.7.6', kind: 'server', referee: 'loki', test: 'loki' }] },
  manageengine: {
    traces: [{ ...COLLECTOR, test: 'manageengine' }],
    metrics: [{ ...COLLECTOR, test: 'manageengine' }],
    logs: [
      { ...COLLECTOR, test: 'manageengine' },
      { name: 'rsyslog', version: '8.2302.0', kind: 'receiver', referee: 'rsyslog', test: 'manageengine' },
    ],
  },
  netdata: {
    metrics: [
      { name: 'Netdata', version: '1.37.1', kind: 'server', referee: 'netdata', test: 'netdata' },
      { ...COLLECTOR, test: 'netdata' },
    ],
  },
  newrelic: everySignal({ ...COLLECTOR, test: 'newrelic' }),
  openobserve: everySignal({ ...COLLECTOR, test: 'openobserve' }),
  otel_js: everySignal({ ...COLLECTOR, test: 'otel-js' }),
  otlp_grpc: everySignal({ ...COLLECTOR, test: 'collector' }),
  otlp_http: everySignal({ ...COLLECTOR, test: 'collector' }),
  prometheus: {
    metrics: [
      { ...PROMETHEUS_3, test: 'prometheus' },
      { ...PROMETHEUS_2, test: 'prometheus' },
    ],
  },
  signoz: everySignal({ ...COLLECTOR, test: 'signoz' }),
  splunk: everySignal({ ...COLLECTOR, test: 'splunk' }),
  webhook: everySignal({ ...COLLECTOR, test: 'webhook' }),
  zipkin: {
    traces: [
      { name: 'Zipkin', version: '3.6.1', kind: 'server', referee: 'zipkin', test: 'zipkin' },
      { ...COLLECTOR, test: 'zipkin' },
    ],
  },
};
