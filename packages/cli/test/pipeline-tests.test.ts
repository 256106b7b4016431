/** `telemetryflow test`: the real pipeline between given items and expected items and requests. */
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { plainItems, requestsOf } from '../src/pipeline-tests/items.ts';
import { difference } from '../src/pipeline-tests/match.ts';
import { folder, telemetryflow } from './command.ts';

const files = folder();
afterAll(() => files.remove());

files.file(
  'telemetry.yaml',
  `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:4318" } } } }
processors:
  filter: { logs: { log_record: ['body == "health check"'] } }
  attributes: { actions: [{ key: team, value: "\${TEAM}", action: insert }] }
exporters:
  loki: { endpoint: "https://loki.example", encoding: json, label_attributes: [service.name], tags: { env: test } }
  otlp_http: { endpoint: "https://otlp.example" }
  webhook: { url: "https://hook.example", logs: false, traces: false, headers: { authorization: Bearer not-a-token } }
extensions: { health_check: { endpoint: "127.0.0.1:13133" } }
`,
);

/** Runs a file of tests beside that configuration. */
async function run(yaml: string): Promise<{ code: number; out: string; err: string }> {
  return telemetryflow('test', files.file('telemetry.test.yaml', `env: { TEAM: blue }\n${yaml}`));
}

const HELLO =
  '{ body: hello, severity: INFO, attributes: { n: 1, list: [a, true] }, resource: { service.name: shop } }';

describe('a test passes', () => {
  test('when the items come to the exporter as expected, more attributes allowed', async () => {
    const { code, out } = await run(`tests:
  - name: health checks are dropped
    given: { logs: [{ body: health check }, ${HELLO}] }
    expect:
      otlp_http: { logs: [{ body: hello, severity_number: 9, attributes: { team: blue } }], spans: [] }
`);
    expect(out).toMatch(/ {2}ok {3}health checks are dropped\n1 passed, 0 failed\n$/);
    expect(code).toBe(0);
  });

  test('when the request is the expected one, as JSON', async () => {
    const { out } = await run(`tests:
  - name: a push to Loki
    given: { logs: [${HELLO}] }
    expect:
      loki:
        payloads:
          - json:
              streams:
                - stream: { service_name: shop }
                  values: [["1767225600000000000", "hello", { team: blue, env: test, n: "1" }]]
`);
    expect(out).toContain('1 passed');
  });

  test('when an OTLP request reads as expected, spans and metrics too', async () => {
    const { out } = await run(`tests:
  - name: OTLP
    given:
      spans: [{ name: GET /, kind: server, duration_ms: 12.5, status: error, status_message: no, resource: { service.name: shop } }]
      metrics: [{ name: requests, type: sum, value: 3, unit: "1", attributes: { route: / } }]
    expect:
      otlp_http:
        spans: [{ name: GET /, kind: server, duration_ms: 12.5, status: error, status_message: no, resource: { service.name: shop } }]
        metrics: [{ name: requests, type: sum, value: 3, monotonic: true, temporality: cumulative, attributes: { route: / } }]
        payloads:
          - otlp: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: GET /, kind: 2 }] }] }] }
          - otlp: { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: requests, sum: { isMonotonic: true } }] }] }] }
`);
    expect(out).toContain('1 passed');
  });

  test('with whole OTLP requests, for what the flat form cannot say', async () => {
    const { out } = await run(`tests:
  - name: a histogram
    given:
      otlp:
        - resourceMetrics:
            - scopeMetrics:
                - metrics:
                    - name: latency
                      histogram:
                        aggregationTemporality: 1
                        dataPoints: [{ timeUnixNano: "1767225600000000000", count: 2, sum: 5, explicitBounds: [1], bucketCounts: [0, 2] }]
    expect:
      otlp_http: { metrics: [{ name: latency, type: histogram, temporality: delta, count: 2, sum: 5 }] }
`);
    expect(out).toContain('1 passed');
  });
});

describe('a test fails', () => {
  test('with the first difference, and the exit code is 1', async () => {
    const { code, out } = await run(`tests:
  - name: wrong team
    given: { logs: [${HELLO}] }
    expect: { otlp_http: { logs: [{ attributes: { team: red } }] } }
`);
    expect(code).toBe(1);
    expect(out).toContain('FAIL wrong team\n       otlp_http: logs[0].attributes.team: expected "red", got "blue"\n');
  });

  test.each([
    ['{ otlp_http: { logs: [] } }', 'otlp_http: logs[0]: expected nothing, got {"body":"hello"'],
    ['{ otlp_http: { logs: [{}, {}] } }', 'otlp_http: logs[1]: expected {}, got nothing'],
    ['{ loki: { payloads: [] } }', 'loki: payloads: expected 0, got 1'],
    ['{ loki: { payloads: [{ text: x }] } }', 'loki: payloads[0].text: expected "x", got "{'],
    ['{ otlp_http: { payloads: [{ json: {} }] } }', 'otlp_http: payloads[0].json: the body cannot be read so'],
    [
      '{ loki: { payloads: [{ url: "http://other" }] } }',
      'loki: payloads[0].url: expected "http://other", got undefined',
    ],
    ['{ lokki: { logs: [] } }', 'there is no exporter "lokki"'],
  ])('that expects %s', async (expected, says) => {
    const { code, out } = await run(`tests: [{ name: no, given: { logs: [${HELLO}] }, expect: ${expected} }]\n`);
    expect(code).toBe(1);
    expect(out).toContain(says);
  });

  test('that names a pipeline that is not there', async () => {
    const { out } = await run(
      'tests: [{ name: no, pipelines: [logs/x], given: {}, expect: { loki: { logs: [] } } }]\n',
    );
    expect(out).toContain('there is no pipeline "logs/x"');
  });
});

describe('what is wrong with a file is said with its place, and ends with 78', () => {
  test.each([
    ['tests: []', /telemetry\.test\.yaml:2:8 tests must NOT have fewer than 1 items/],
    ['tests: [{ name: a, given: {} }]', /:2:9 tests\.0 lacks "expect"; add it/],
    ['tests: [{ name: a, given: { logz: [] }, expect: { x: {} } }]', /given has an unknown key "logz"; remove it/],
    ['tests: [', /:\d+:\d+ /],
    [
      'now: 2026-13-99T00:00:00.000Z\ntests: [{ name: a, given: {}, expect: { loki: { logs: [] } } }]',
      /now is no time/,
    ],
  ])('%s', async (yaml, says) => {
    const { code, err } = await run(`${yaml}\n`);
    expect(code).toBe(78);
    expect(err).toMatch(says);
  });

  test('a configuration under test that is not valid', async () => {
    files.file('broken.yaml', 'exporters: { lokii: {} }\n');
    const file = files.file('broken.test.yaml', 'tests: [{ name: a, given: {}, expect: { x: { logs: [] } } }]\n');
    const { code, err } = await telemetryflow('test', file);
    expect(code).toBe(78);
    expect(err).toContain('broken.yaml:1:14 exporters.lokii');
  });

  test('a file that is not there', async () => {
    expect(await telemetryflow('test', '/no/such.test.yaml')).toMatchObject({
      code: 78,
      err: 'cannot read /no/such.test.yaml: ENOENT; check the path\n',
    });
  });
});

test('flat items come back as they were written', () => {
  const value = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.array(fc.string(), { maxLength: 3 }));
  const map = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
    value,
    { maxKeys: 4 },
  );
  const log = fc.record({
    body: value,
    severity: fc.string(),
    attributes: map,
    resource: map,
    event_name: fc.string(),
  });
  fc.assert(
    fc.property(log, (written) => {
      const [request] = requestsOf({ logs: [written] }, 0);
      expect(difference([written], plainItems(request?.json ?? ''))).toBeUndefined();
    }),
  );
});
