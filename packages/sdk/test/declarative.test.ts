/** `OTEL_CONFIG_FILE`: what a declarative configuration of OpenTelemetry comes to, and what is listed as not converted. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { configFromDeclarative, parseDeclarative } from '../src/index.ts';

function converted(text: string, variables: Record<string, string> = {}) {
  const { unconverted, ...rest } = configFromDeclarative(parseDeclarative(`file_format: "1.0"\n${text}`, variables));
  return { ...rest, unconverted: unconverted.map(({ path }) => path) };
}

test('a file like the one people start from', () => {
  const result = converted(`
log_level: debug
resource:
  attributes:
    - { name: service.name, value: shop }
    - { name: deployment.environment, value: test }
    - { name: team.size, value: 4, type: int }
  attributes_list: deployment.environment=old,zone=a%20b
propagator: { composite: [{ tracecontext: }, { baggage: }] }
tracer_provider:
  processors:
    - batch:
        schedule_delay: 5000
        max_export_batch_size: 512
        exporter:
          otlp_http:
            endpoint: http://collector:4318/v1/traces
            tls: { ca_file: /ca.pem, key_file: , cert_file: }
            headers: [{ name: x-tenant, value: "1" }]
            headers_list: x-tenant=2,authorization=Bearer%20a
            compression: gzip
            timeout: 10000
            encoding: json
  sampler: { always_on: }
meter_provider:
  readers:
    - periodic:
        interval: 30000
        exporter:
          otlp_grpc: { endpoint: "http://collector:4317", temporality_preference: low_memory }
logger_provider:
  processors:
    - simple: { exporter: { console: } }
`);
  const resource = { service_name: 'shop', tags: { 'deployment.environment': 'test', 'team.size': '4', zone: 'a b' } };
  expect(result).toEqual({
    config: {
      exporters: {
        otlp_http: {
          traces_endpoint: 'http://collector:4318/v1/traces',
          headers: { 'x-tenant': '1', authorization: 'Bearer a' },
          compression: 'gzip',
          timeout: '10000ms',
          encoding: 'json',
          tls: { ca_file: '/ca.pem' },
          batch_size: 512,
          flush_interval: '5000ms',
          ...resource,
          ...only('traces'),
        },
        otlp_grpc: { endpoint: 'http://collector:4317', ...resource, ...only('metrics') },
        debug: { batch_size: 1, ...resource, ...only('logs') },
      },
      service: {
        pipelines: {
          traces: { exporters: ['otlp_http'] },
          metrics: { exporters: ['otlp_grpc'] },
          logs: { exporters: ['debug'] },
        },
        telemetry: { logs: { level: 'debug' } },
      },
    },
    options: { metricInterval: 30_000, temporality: 'lowmemory' },
    disabled: false,
    unconverted: ['tracer_provider.sampler', 'propagator'],
  });
});

test('defaults of the specification hold where the file says nothing', () => {
  expect(
    converted(`
tracer_provider: { processors: [{ batch: { exporter: { otlp_http: } } }] }
meter_provider: { readers: [{ periodic: { exporter: { otlp_http: {} } } }] }
logger_provider: { processors: [{ batch: { exporter: { otlp_grpc: } } }] }
`).config['exporters'],
  ).toEqual({
    otlp_http: { traces_endpoint: 'http://localhost:4318/v1/traces', ...only('traces') },
    'otlp_http/metrics': { metrics_endpoint: 'http://localhost:4318/v1/metrics', ...only('metrics') },
    otlp_grpc: { endpoint: 'http://localhost:4317', ...only('logs') },
  });
});

describe('is listed and not guessed:', () => {
  test.each([
    ['the limits of the SDK', 'attribute_limits: { attribute_count_limit: 12 }', 'attribute_limits'],
    [
      'an exporter that has no counterpart',
      processor('{ "otlp_file/development": {} }'),
      'exporter.otlp_file/development',
    ],
    ['an unknown processor', 'tracer_provider: { processors: [{ mine: {} }] }', 'processors[0].mine'],
    ['a queue size', processor('{ console: }', 'max_queue_size: 10'), 'batch.max_queue_size'],
    ['an unknown setting of an exporter', processor('{ otlp_http: { retries: 3 } }'), 'otlp_http.retries'],
    ['a view', 'meter_provider: { readers: [], views: [{}] }', 'meter_provider.views'],
    ['a pull reader', 'meter_provider: { readers: [{ pull: {} }] }', 'readers[0].pull'],
    ['a resource attribute that is a list', 'resource: { attributes: [{ name: a, value: [1] }] }', 'attributes[0]'],
    ['a resource detector', 'resource: { detection/development: {} }', 'resource.detection/development'],
    ['an instrumentation', 'instrumentation/development: { js: {} }', 'instrumentation/development'],
    [
      'another aggregation of histograms',
      'meter_provider: { readers: [{ periodic: { exporter: { console: { default_histogram_aggregation: base2_exponential_bucket_histogram } } } }] }',
      'console.default_histogram_aggregation',
    ],
  ])('%s', (_, text, path) => {
    expect(converted(text).unconverted).toEqual([expect.stringMatching(new RegExp(`${escaped(path)}$`))]);
  });

  test('a second reader that wants it otherwise', () => {
    const { options, unconverted } = converted(`
meter_provider:
  readers:
    - periodic: { interval: 1000, exporter: { console: { temporality_preference: delta } } }
    - periodic: { interval: 2000, exporter: { console: { temporality_preference: cumulative } } }
`);
    expect(options).toEqual({ metricInterval: 1000, temporality: 'delta' });
    expect(unconverted).toEqual([
      'meter_provider.readers[1].periodic.interval',
      'meter_provider.readers[1].periodic.exporter.console.temporality_preference',
    ]);
  });
});

test('a file that switches the SDK off does so', () => {
  expect(converted('disabled: true').disabled).toBe(true);
});

test.each(['file_format: "0.3"', 'tracer_provider: {}', '[]', ''])(
  'a file of another format is refused: %j',
  (text) => {
    expect(() => configFromDeclarative(parseDeclarative(text, {}))).toThrow('only the stable format is converted');
  },
);

test('a document of this format converts, whatever stands in it', () => {
  const provider = fc.record({ processors: fc.array(fc.object()), readers: fc.array(fc.object()), x: fc.jsonValue() });
  const document = fc.record({
    file_format: fc.constant('1.0'),
    tracer_provider: fc.oneof(provider, fc.jsonValue()),
    meter_provider: fc.oneof(provider, fc.jsonValue()),
    logger_provider: fc.oneof(provider, fc.jsonValue()),
    resource: fc.oneof(fc.object(), fc.record({ attributes: fc.array(fc.jsonValue()) })),
    log_level: fc.jsonValue(),
    other: fc.jsonValue(),
  });
  fc.assert(
    fc.property(document, (given) => {
      const { config, unconverted } = configFromDeclarative(given);
      expect(config).toHaveProperty('exporters');
      expect(unconverted.every(({ path, reason }) => path !== '' && reason !== '')).toBe(true);
    }),
  );
});

describe('references to variables', () => {
  const value = (text: string, variables: Record<string, string> = {}) =>
    (parseDeclarative(`a: ${text}`, variables) as { readonly a: unknown }).a;

  test.each([
    ['$' + '{NAME}', 'shop'],
    ['$' + '{env:NAME}', 'shop'],
    ['x-$' + '{NAME}-$' + '{NAME}', 'x-shop-shop'],
    ['$' + '{UNSET:-other}', 'other'],
    ['$' + '{EMPTY:-other}', 'other'],
    ['$' + '{UNSET}', null],
    ['"$' + '{UNSET}"', ''],
    ['$' + '{NUMBER}', 5000],
    ['"$' + '{NUMBER}"', '5000'],
    ['$' + '{TRUE}', true],
    ['$' + '{MAP}', 'b: [1]'],
    ['$' + '{COMMENT}', 'a #b'],
    ['$$' + '{NAME}', '$' + '{NAME}'],
    ['5000', 5000],
  ])('%s is %j', (text, expected) => {
    const variables = { NAME: 'shop', EMPTY: '', NUMBER: '5000', TRUE: 'true', MAP: 'b: [1]', COMMENT: 'a #b' };
    expect(value(text, variables)).toEqual(expected);
  });

  test('names are not replaced', () => {
    expect(parseDeclarative('$' + '{NAME}: 1', { NAME: 'a' })).toEqual({ ['$' + '{NAME}']: 1 });
  });
});

/** The switches of a block that is for one signal. */
function only(signal: string): Record<string, false> {
  return Object.fromEntries(
    ['traces', 'metrics', 'logs'].filter((each) => each !== signal).map((each) => [each, false]),
  );
}

function processor(exporter: string, more = ''): string {
  return `tracer_provider: { processors: [{ batch: { ${more === '' ? '' : `${more}, `}exporter: ${exporter} } }] }`;
}

function escaped(text: string): string {
  return text.replaceAll(/[[\]./]/g, '\\$&');
}
