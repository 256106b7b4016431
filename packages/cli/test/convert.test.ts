/** From a configuration of the OpenTelemetry Collector: what is carried over, what is told, nothing guessed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createPluginLookup, type Definition, exporterSchema } from '@telemetryflow/kernel';
import { golden } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { parse } from 'yaml';
import { convertCollector } from '../src/convert/collector.ts';
import { EXPORTERS } from '../src/convert/exporter-rules.ts';
import { EXTENSIONS, PROCESSORS, RECEIVERS } from '../src/convert/pipeline-rules.ts';
import type { Rule } from '../src/convert/rule.ts';
import { SourceError } from '../src/convert/source.ts';
import { folder, telemetryflow } from './command.ts';

const files = folder();
afterAll(() => files.remove());

const GATEWAY = fileURLToPath(new URL('../testdata/otelcol.yaml', import.meta.url));

/** The configuration that YAML becomes, and its remarks as text. */
function converted(yaml: string): { config: unknown; remarks: readonly string[] } {
  const result = convertCollector(yaml);
  return {
    config: parse(result.yaml),
    remarks: result.remarks.map(({ line, path, what }) => `${line} ${path}: ${what}`),
  };
}

test('the gateway of the test data becomes what a person reviewed, comments kept', () => {
  golden(import.meta.url, 'converted.yaml.txt').bytes(convertCollector(readFileSync(GATEWAY, 'utf8')).yaml);
});

test('the command prints the configuration, tells of each thing that is left out, and ends with 1', async () => {
  const { code, out, err } = await telemetryflow('convert', GATEWAY);
  expect(code).toBe(1);
  expect(out).toContain('otlp_http/vendor:');
  expect(err).toContain('otelcol.yaml:22 receivers.prometheus: there is no receiver "prometheus" here\n');
  expect(err).toMatch(
    /otelcol\.yaml:40 exporters\.otlphttp\/vendor\.sending_queue\.storage: there is no durable queue/,
  );
  expect(err).toContain('service.pipelines.metrics/scraped: left out: none of its receivers is here');
});

test('what it prints is valid', async () => {
  const { yaml } = convertCollector(readFileSync(GATEWAY, 'utf8').replace('${env:API_KEY}', 'a-key'));
  expect(await telemetryflow('validate', '-c', files.file('converted.yaml', yaml))).toMatchObject({ code: 0 });
});

test('a configuration that can be said whole ends with 0 and says nothing else', async () => {
  const whole = files.file(
    'whole.yaml',
    `receivers: { otlp: { protocols: { http: } } }
exporters: { debug: { verbosity: basic } }
service: { pipelines: { logs: { receivers: [otlp], exporters: [debug] } } }
`,
  );
  expect(await telemetryflow('convert', whole)).toMatchObject({ code: 0, err: '' });
});

describe('options', () => {
  test('get the names and the values they have here', () => {
    const { config, remarks } = converted(`
exporters:
  splunk_hec: { token: t, endpoint: "https://s:8088", disable_compression: true, max_content_length_logs: 1000 }
  otlphttp:
    endpoint: https://o
    sending_queue: { queue_size: 7, block_on_overflow: true, batch: { flush_timeout: 2s, min_size: 10 } }
    retry_on_failure: { max_elapsed_time: 1m, randomization_factor: 0.1 }
    tls: { insecure_skip_verify: true, server_name_override: o.example }
`);
    expect(remarks).toEqual([]);
    expect(config).toEqual({
      exporters: {
        splunk: { token: 't', endpoint: 'https://s:8088', compression: false, max_content_length: 1000 },
        otlp_http: {
          endpoint: 'https://o',
          queue: { max_requests: 7, on_full: 'block' },
          flush_interval: '2s',
          batch_size: 10,
          retry: { max_elapsed: '1m', jitter: 0.1 },
          tls: { skip_verify: true, server_name: 'o.example' },
        },
      },
    });
  });

  test('whose default is another here are written out', () => {
    expect(converted('exporters: { kafka: { logs: { topic: mine } } }').config).toEqual({
      exporters: {
        kafka: {
          logs_topic: 'mine',
          brokers: ['localhost:9092'],
          encoding: 'otlp_proto',
          traces_topic: 'otlp_spans',
          metrics_topic: 'otlp_metrics',
        },
      },
    });
  });

  test('that are not here are told with their line, and with what to do where that is known', () => {
    const { remarks } = converted('exporters:\n  kafka:\n    partition_traces_by_id: true\n    surprise: 1\n');
    expect(remarks).toEqual([
      '3 exporters.kafka.partition_traces_by_id: set partition_key: trace_id',
      '4 exporters.kafka.surprise: there is no such option here',
    ]);
  });

  test('behind anchors and merge keys are found', () => {
    const { config, remarks } = converted(`
exporters:
  otlphttp/a: &base { endpoint: "https://a", timeout: 3s }
  otlphttp/b: { <<: *base, endpoint: "https://b" }
  otlphttp/c: *base
`);
    expect(remarks).toEqual([]);
    expect(config).toEqual({
      exporters: {
        'otlp_http/a': { endpoint: 'https://a', timeout: '3s' },
        'otlp_http/b': { endpoint: 'https://b', timeout: '3s' },
        'otlp_http/c': { endpoint: 'https://a', timeout: '3s' },
      },
    });
  });
});

describe('components', () => {
  test('of two names for one type keep apart, and pipelines follow', () => {
    const { config } = converted(`
receivers: { otlp: { protocols: { http: } } }
exporters: { otlphttp: { endpoint: "https://a" }, otlp_http: { endpoint: "https://b" } }
service: { pipelines: { logs: { receivers: [otlp], exporters: [otlphttp, otlp_http] } } }
`);
    expect(config).toMatchObject({
      exporters: { otlp_http: { endpoint: 'https://a' }, 'otlp_http/otlp_http': { endpoint: 'https://b' } },
      service: { pipelines: { logs: { exporters: ['otlp_http', 'otlp_http/otlp_http'] } } },
    });
  });

  test.each(['__proto__', 'constructor', 'toString'])('named %s are unknown, not found', (type) => {
    expect(converted(`exporters:\n  ${type}: {}\n`).remarks[0]).toContain(`no exporter "${type}" here`);
  });

  test('that use references of other providers are told of', () => {
    const { remarks } = converted('exporters: { otlphttp: { endpoint: "${yaml:x}", headers: { a: "${env:A}" } } }');
    expect(remarks).toEqual([expect.stringContaining('references by "yaml:" are not read here')]);
  });
});

describe('what is no Collector configuration', () => {
  test.each([
    ['exporters: {', /broken\.yaml:1:\d+ .+; give it/],
    ['- a', /broken\.yaml:1:1 a Collector configuration is a map/],
    ['', /broken\.yaml:1:1 a Collector configuration is a map/],
  ])('%j is refused with 78', async (text, says) => {
    const { code, out, err } = await telemetryflow('convert', files.file('broken.yaml', text));
    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(err).toMatch(says);
  });

  test('a file that is not there is refused with 78', async () => {
    expect(await telemetryflow('convert', '/no/such.yaml')).toMatchObject({
      code: 78,
      err: 'cannot read /no/such.yaml: ENOENT; check the path.\n',
    });
  });

  test('any text is converted or refused as such', () => {
    const section = fc.constantFrom('receivers', 'exporters', 'processors', 'connectors', 'service', 'x');
    const key = fc.constantFrom('otlp', 'kafka', 'pipelines', 'logs', 'exporters', 'tls', '<<', 'a/b', '1');
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 1, 'text', '*base', '&base x', '${env:A}', '[a', 'otlp'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(section, value), (config) => {
        const text = JSON.stringify(config).replaceAll('"', '');
        try {
          expect(typeof convertCollector(text).yaml).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(SourceError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('every option that a rule writes exists', () => {
  const plugins = createPluginLookup({ resolveFrom: import.meta.url });
  const rules = [
    ...Object.values(RECEIVERS).map((rule) => ['receiver', rule] as const),
    ...Object.values(PROCESSORS).map((rule) => ['processor', rule] as const),
    ...Object.values(EXPORTERS).map((rule) => ['exporter', rule] as const),
    ...Object.values(EXTENSIONS).map((rule) => ['extension', rule] as const),
  ];

  test.each(rules.map(([kind, rule]) => [`${kind} ${rule.type}`, kind, rule] as const))('%s', async (_, kind, rule) => {
    const found = await plugins.find(kind, rule.type);
    expect(found).not.toHaveProperty('problem');
    const definition = found as Definition;
    const schema = definition.kind === 'exporter' ? exporterSchema(definition) : definition.config;
    expect(written(rule).filter((path) => !exists(schema, path.split('.')))).toEqual([]);
  });
});

/** All our paths that a rule may set. */
function written(rule: Rule): readonly string[] {
  const targets = Object.values(rule.options).map((target) => (typeof target === 'string' ? target : target.to));
  return [...targets.map((path) => path.replace(/\.\*$/, '')), ...Object.keys(rule.defaults ?? {})];
}

function exists(schema: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  const { properties, oneOfTypes } = schema as { properties?: object; oneOfTypes?: readonly unknown[] };
  const option: unknown = Object.entries((properties ?? {}) as Record<string, { aliases?: readonly string[] }>).find(
    ([name, { aliases }]) => name === key || aliases?.includes(key),
  )?.[1];
  if (option !== undefined && exists(option, rest)) return true;
  return (oneOfTypes ?? []).some((branch) => exists(branch, [key, ...rest]));
}
