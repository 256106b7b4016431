/**
 * The guide from dd-trace, newrelic and prom-client: programs of the tools to leave beside their twins by the guide,
 * which are installed from packed packages, and what a backend got of each.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decode } from '@msgpack/msgpack';
import { type DatadogSpan, fakePrometheus, startBackend } from '@telemetryflow/testkit';
import { codeBlocks } from '../docs/blocks.ts';
import { npmInstall, runToEnd } from './example.ts';
import { packAll } from './pack.ts';
import { type Registry, serveRegistry } from './registry.ts';
import { nodeBinary } from './toolchain.ts';

const GUIDE = 'docs/guides/from-dd-trace-newrelic-and-prom-client.md';
const THERE = ['dd-trace@6.21.0', 'prom-client@15.1.3'];
const HERE = [
  ...['@telemetryflow/sdk', '@telemetryflow/exporter-datadog', '@telemetryflow/exporter-prometheus'],
  ...['@opentelemetry/api@1.10.0', '@opentelemetry/sdk-node@0.301.0', '@opentelemetry/sdk-metrics@3.1.1'],
  '@opentelemetry/resources@3.1.1',
];
let registry: Registry;
let folder: string;

beforeAll(async () => {
  registry = await serveRegistry(packAll());
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-guide-'));
  const install = async (name: string, packages: readonly string[]): Promise<void> => {
    const dir = path.join(folder, name);
    mkdirSync(dir);
    writeFileSync(path.join(dir, 'package.json'), '{ "private": true, "type": "module" }');
    await npmInstall(dir, ['--ignore-scripts', ...packages], registry);
  };
  await Promise.all([install('there', THERE), install('here', HERE)]);
}, 480_000);
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program in one of the folders to its end; what it printed. */
async function run(where: 'there' | 'here', program: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const dir = path.join(folder, where);
  writeFileSync(path.join(dir, 'program.ts'), program);
  const { status, said } = await runToEnd(nodeBinary('24'), ['--no-warnings', 'program.ts'], dir, env);
  expect({ status, said }).toMatchObject({ status: 0 });
  return said;
}

describe('prom-client', () => {
  const guide = codeBlocks().find(({ file, language }) => file === GUIDE && language === 'ts')?.text ?? '';
  const [orders, checkout] = [...guide.matchAll(/^\/\/ (new \w+\(.*\))$/gm)].map(([, call]) => call);

  const CLIENT = `
import { Counter, Gauge, Histogram, register, Summary } from 'prom-client';
register.setDefaultLabels({ region: 'eu' });
const orders = ${orders};
orders.inc({ kind: 'web' });
const checkout = ${checkout};
checkout.observe(0.32);
new Gauge({ name: 'queue_depth', help: 'Orders that wait' }).set(7);
new Gauge({ name: 'workers', help: 'Workers', collect() { this.set(4); } });
new Counter({ name: 'refunds_total', help: 'Refunds' });
new Counter({ name: 'returns_total', help: 'Returns' });
const answer = new Summary({ name: 'answer_seconds', help: 'Time of an answer', percentiles: [0.5, 0.99] });
for (const seconds of [0.25, 0.5]) answer.observe(seconds);
process.stdout.write(await register.metrics());
`;
  const REST = `
meter.createGauge('queue_depth').record(7);
meter.createObservableGauge('workers').addCallback((result) => result.observe(4));
meter.createCounter('refunds');
meter.createCounter('returns').add(0);
const answer = meter.createHistogram('answer', { unit: 's', advice: { explicitBucketBoundaries: [0.25, 1] } });
for (const seconds of [0.25, 0.5]) answer.record(seconds);
await telemetry.shutdown();
`;

  test.each([
    ['external_labels', { "write'": "write', external_labels: { region: 'eu' }" }],
    [
      'resource_to_labels',
      { "write'": "write', resource_to_labels: ['region']", "name': 'shop'": "name': 'shop', region: 'eu'" },
    ],
  ])(
    'names, labels and values are those that were scraped; default labels by %s',
    async (_, replacements) => {
      const scraped = seriesOf(await run('there', CLIENT));
      const prometheus = await fakePrometheus({ now: Date.now });
      let program = guide + REST;
      for (const [from, to] of Object.entries({ 'http://localhost:9090': prometheus.url, ...replacements })) {
        assert.ok(program.includes(from), `the guide has no ${from} any more`);
        program = program.replace(from, to);
      }
      await run('here', program);
      await prometheus.close();
      const written = prometheus.head.samples.filter(({ stale }) => !stale);
      const here: Record<string, number> = {};
      for (const { labels: all, value } of written) {
        const { job, otel_scope_name: scope, ...labels } = all;
        // What the guide says is new.
        expect(job).toBe('shop');
        expect(scope).toBe(labels['__name__'] === 'target_info' ? undefined : 'shop');
        if (labels['__name__'] !== 'target_info') here[seriesText(labels)] = value;
      }
      expect(scraped).toMatchObject({
        'orders_total{kind="web",region="eu"}': 1,
        'checkout_seconds_bucket{le="0.5",region="eu"}': 1,
        'returns_total{region="eu"}': 0,
      });
      // What it says is different: a counter begins with its first add, and quantiles are asked of buckets.
      const different = /^refunds_total|quantile=/;
      expect(Object.keys(scraped).filter((series) => different.test(series))).toHaveLength(3);
      expect(here).toEqual({
        ...Object.fromEntries(Object.entries(scraped).filter(([series]) => !different.test(series))),
        'answer_seconds_bucket{le="0.25",region="eu"}': 1,
        'answer_seconds_bucket{le="1",region="eu"}': 2,
        'answer_seconds_bucket{le="+Inf",region="eu"}': 2,
      });
    },
    60_000,
  );
});

/** Values by series of a page that Prometheus would scrape. */
function seriesOf(page: string): Record<string, number> {
  const lines = page.matchAll(/^(\w+)\{(.*)\} (\S+)$/gm);
  return Object.fromEntries(
    [...lines].map(([, name = '', pairs = '', value]) => {
      const labels = [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]);
      return [seriesText({ __name__: name, ...Object.fromEntries(labels) }), Number(value)];
    }),
  );
}

function seriesText({ __name__: name, ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return `${name}{${pairs.sort().join(',')}}`;
}

describe('dd-trace', () => {
  const TRACER = `
import tracer from 'dd-trace';
tracer.init({ plugins: false });
const web = { resource: 'GET /orders/{id}', type: 'web', tags: { 'span.kind': 'server' } };
tracer.trace('http.request', web, (span) => {
  span.setTag('order', 'A-1');
  span.setTag('items', 3);
  try {
    tracer.trace('reserve', (child) => {
      child.setTag('express', true);
      throw new RangeError('out of stock');
    });
  } catch {}
});
`;
  const SDK = `
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { fromConfig } from '@telemetryflow/sdk';

const traces = { enabled: true, protocol: 'agent_v04' };
const datadog = { api_key: '0123456789abcdef0123456789abcdef', endpoint: process.env.AGENT_URL, traces };
const telemetry = fromConfig({ exporters: { datadog } }, { flushOnExit: true });
new NodeSDK({ spanProcessors: telemetry.spanProcessors }).start();
const tracer = trace.getTracer('shop');
const web = { kind: SpanKind.SERVER, attributes: { 'operation.name': 'http.request', 'span.type': 'web' } };
tracer.startActiveSpan('GET /orders/{id}', web, (span) => {
  span.setAttribute('order', 'A-1');
  span.setAttribute('items', 3);
  tracer.startActiveSpan('reserve', { attributes: { 'operation.name': 'reserve' } }, (child) => {
    child.setAttribute('express', true);
    const error = new RangeError('out of stock');
    child.recordException(error);
    child.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    child.end();
  });
  span.end();
});
`;
  const QUIET = {
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    DD_RUNTIME_METRICS_ENABLED: 'false',
    DD_TRACE_STARTUP_LOGS: 'false',
  };

  /** The spans an Agent gets from a program: the root, and its child. */
  async function sent(where: 'there' | 'here', program: string, env: (url: string) => NodeJS.ProcessEnv) {
    const agent = await startBackend({ body: { rate_by_service: { 'service:,env:': 1 } } });
    await run(where, program, env(agent.url));
    await agent.close();
    const spans = agent.requests
      .filter((request) => request.path === '/v0.4/traces')
      .flatMap(({ body }) => (decode(body, { useBigInt64: true }) as DatadogSpan[][]).flat());
    expect(spans).toHaveLength(2);
    const [root, child] = [spans.find(isRoot), spans.find((span) => !isRoot(span))];
    assert.ok(root !== undefined && child !== undefined);
    return { root, child };
  }

  test('service, names, types, tags and parents are the same at an Agent, but for what the guide says', async () => {
    const there = await sent('there', TRACER, (url) => ({
      ...{ DD_TRACE_AGENT_URL: url, DD_SERVICE: 'shop', DD_ENV: 'prod', DD_VERSION: '1.2', DD_TAGS: 'team:blue' },
      ...QUIET,
    }));
    const here = await sent('here', SDK, (url) => ({
      AGENT_URL: url,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.version=1.2,team=blue',
    }));

    const shared = { env: 'prod', version: '1.2', team: 'blue' };
    const root = {
      ...{ service: 'shop', name: 'http.request', resource: 'GET /orders/{id}', type: 'web', error: 0 },
      meta: { ...shared, 'span.kind': 'server', order: 'A-1' },
      metrics: { items: 3 },
    };
    const child = { service: 'shop', name: 'reserve', resource: 'reserve', error: 1, meta: shared };
    for (const each of [there, here]) {
      expect(each).toMatchObject({ root, child });
      expect(each.child.trace_id).toBe(each.root.trace_id);
      expect(each.child.parent_id).toBe(each.root.span_id);
      // At whichever span is the first of the request.
      expect({ ...each.child.meta, ...each.root.meta }['_dd.p.tid']).toMatch(/^[0-9a-f]{16}$/);
      expect({ ...each.child.metrics, ...each.root.metrics }).toMatchObject({ _sampling_priority_v1: 1 });
    }

    expect(there.child.type).toBeUndefined();
    expect(here.child.type).toBe('custom');
    expect(there.child.metrics).toMatchObject({ express: 1 });
    expect(here.child.meta).toMatchObject({ express: 'true' });
    const stack = expect.stringMatching(/^RangeError: out of stock\n/);
    expect(there.child.meta).toMatchObject({
      ...{ 'error.message': 'out of stock', 'error.type': 'RangeError', 'error.stack': stack },
    });
    expect(here.child.meta).toMatchObject({ 'error.msg': 'out of stock' });
    const exception = { 'exception.type': 'RangeError', 'exception.message': 'out of stock' };
    expect(JSON.parse(here.child.meta['events'] ?? '')).toMatchObject([
      { name: 'exception', attributes: { ...exception, 'exception.stacktrace': stack } },
    ]);
    // Numbers and texts of dd-trace about itself, and of OpenTelemetry about the process.
    const own = /^(_dd\.|runtime-id$|language$|service$)/;
    const lost = Object.keys(there.root.meta).filter((key) => !own.test(key) && !(key in here.root.meta));
    expect(lost).toEqual([]);
  }, 60_000);
});

function isRoot({ parent_id: parent }: DatadogSpan): boolean {
  return BigInt(parent) === 0n;
}
