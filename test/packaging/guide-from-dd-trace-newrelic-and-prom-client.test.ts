/**
 * The guide from dd-trace, newrelic and prom-client: programs of the tools to leave beside their twins by the guide,
 * which are installed from packed packages, and what a backend got of each.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decode } from '@msgpack/msgpack';
import {
  type DatadogSpan,
  fakeNewrelic,
  fakePrometheus,
  type NewrelicItem,
  startBackend,
} from '@telemetryflow/testkit';
import { codeBlocks } from '../docs/blocks.ts';
import { npmInstall, runToEnd } from './example.ts';
import { packAll, root } from './pack.ts';
import { type Registry, serveRegistry } from './registry.ts';
import { nodeBinary } from './toolchain.ts';

const GUIDE = 'docs/guides/from-dd-trace-newrelic-and-prom-client.md';
const THERE = ['dd-trace@6.21.0', 'newrelic@14.5.1', 'prom-client@15.1.3'];
const HERE = [
  ...['@telemetryflow/sdk', '@telemetryflow/exporter-datadog', '@telemetryflow/exporter-newrelic'],
  '@telemetryflow/exporter-prometheus',
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
async function run(
  where: 'there' | 'here',
  program: string,
  env: NodeJS.ProcessEnv = {},
  options: readonly string[] = [],
): Promise<string> {
  const dir = path.join(folder, where);
  writeFileSync(path.join(dir, 'program.ts'), program);
  const { status, said } = await runToEnd(nodeBinary('24'), ['--no-warnings', ...options, 'program.ts'], dir, env);
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

describe('newrelic', () => {
  const AGENT = `
import newrelic from 'newrelic';
newrelic.startWebTransaction('/orders', () => {
  newrelic.addCustomAttribute('order', 'A-1');
  newrelic.addCustomAttribute('items', 3);
  return newrelic.startSegment('reserve', true, async () => {
    newrelic.addCustomAttribute('express', true);
    newrelic.noticeError(new RangeError('out of stock'));
  });
});
newrelic.recordMetric('Queue/Wait', 0.25);
newrelic.recordMetric('Queue/Wait', 0.5);
newrelic.incrementMetric('Orders/Refused', 2);
newrelic.recordCustomEvent('OrderRefused', { order: 'A-1', items: 3 });
await new Promise((resolve) => newrelic.shutdown({ collectPendingData: true, timeout: 20_000 }, resolve));
`;
  const SDK = `
import { logs, metrics, SpanKind, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { fromConfig } from '@telemetryflow/sdk';

const { NEW_RELIC_LICENSE_KEY: license_key, NEWRELIC_URL: endpoint } = process.env;
const telemetry = fromConfig({ exporters: { newrelic: { license_key, endpoint, protocol: 'api' } } });
new NodeSDK({ ...telemetry }).start();
const tracer = trace.getTracer('shop');
tracer.startActiveSpan('/orders', { kind: SpanKind.SERVER }, (span) => {
  span.setAttribute('order', 'A-1');
  span.setAttribute('items', 3);
  tracer.startActiveSpan('reserve', (child) => {
    child.setAttribute('express', true);
    const error = new RangeError('out of stock');
    child.recordException(error);
    child.setStatus({ code: 2 });
    child.end();
  });
  span.end();
});
const meter = metrics.getMeter('shop');
const histogram = meter.createHistogram('Queue/Wait');
for (const seconds of [0.25, 0.5]) histogram.record(seconds);
const counter = meter.createCounter('Orders/Refused');
counter.add(2);
const attributes = { 'newrelic.event.type': 'OrderRefused', order: 'A-1', items: 3 };
logs.getLogger('shop').emit({ attributes });
await telemetry.shutdown();
`;
  const KEY = '0123456789abcdef0123456789abcdef0123NRAL';

  /** What the agent sent to its collector, by method. */
  async function collected(): Promise<(method: string) => unknown> {
    const shares = { account_id: '1', primary_application_id: '2', trusted_account_key: '1' };
    const collector = await startBackend(
      (request) => {
        const answers: Readonly<Record<string, unknown>> = {
          preconnect: { redirect_host: `localhost:${collector.port}` },
          connect: { agent_run_id: 'run', request_headers_map: {}, max_payload_size_in_bytes: 1_000_000, ...shares },
        };
        return { body: { return_value: answers[methodOf(request.path)] ?? null } };
      },
      { tls: true },
    );
    const ca = path.join(folder, 'collector.pem');
    writeFileSync(ca, collector.ca?.cert ?? '');
    const env = {
      ...{ NEW_RELIC_APP_NAME: 'shop', NEW_RELIC_LABELS: 'team:blue', NEW_RELIC_LICENSE_KEY: KEY },
      ...{ NEW_RELIC_HOST: 'localhost', NEW_RELIC_PORT: `${collector.port}`, NODE_EXTRA_CA_CERTS: ca },
      ...{ NEW_RELIC_LOG_ENABLED: 'false', NEW_RELIC_NO_CONFIG_FILE: 'true' },
    };
    await run('there', AGENT, env, ['--import', 'newrelic/esm-loader.mjs']);
    await collector.close();
    return (method) => collector.requests.find((request) => methodOf(request.path) === method)?.json();
  }

  const methodOf = (url: string): string => new URL(url, 'https://collector').searchParams.get('method') ?? '';

  test('the two programs are the rows of the guide', () => {
    const guide = readFileSync(path.join(root, GUIDE), 'utf8');
    const section = guide.slice(guide.indexOf('## newrelic'), guide.indexOf('## prom-client'));
    const rows = [...section.matchAll(/^\| (.*) \| (.*) \|$/gm)];
    const calls = rows.map(([, there = '', here = '']) => [callsIn(there), callsIn(here)] as const);
    expect(calls.filter(([there]) => there.length > 0).length).toBeGreaterThanOrEqual(6);
    for (const name of calls.flatMap(([there]) => there)) expect(AGENT).toContain(`newrelic.${name}(`);
    for (const name of calls.flatMap(([, here]) => here)) expect(SDK).toContain(`.${name}(`);
  });

  test('spans, attributes, errors, metrics and events are the same, but for what the guide says', async () => {
    const service = await fakeNewrelic({ now: Date.now, key: KEY });
    const [there] = await Promise.all([
      collected(),
      run('here', SDK, {
        ...{ NEWRELIC_URL: service.url, NEW_RELIC_LICENSE_KEY: KEY },
        ...{ OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'team=blue' },
      }),
    ]);
    await service.close();
    expect(service.integrationErrors).toEqual([]);
    const stored = (wanted: NewrelicItem['kind']) =>
      service.stored
        .filter(({ kind }) => kind === wanted)
        .map(({ fields, attributes }): Readonly<Record<string, unknown>> => ({ ...fields, ...attributes }));

    expect(there('connect')).toMatchObject([
      { app_name: ['shop'], labels: [{ label_type: 'team', label_value: 'blue' }] },
    ]);
    for (const { attributes } of service.stored)
      expect(attributes).toMatchObject({ 'service.name': 'shop', team: 'blue' });

    const spans = {
      there: (there('span_event_data') as [string, unknown, EventOfAgent[]])[2].map(
        (parts): Readonly<Record<string, unknown>> => Object.assign({}, ...parts),
      ),
      here: stored('spans'),
    };
    const root = { order: 'A-1', items: 3, 'span.kind': 'server' };
    const child = {
      ...{ name: 'reserve', express: true, 'span.kind': 'internal' },
      ...{ 'error.class': 'RangeError', 'error.message': 'out of stock' },
    };
    expect(spans.there).toMatchObject([child, { ...root, name: 'WebTransaction/Custom//orders' }]);
    expect(spans.here).toMatchObject([child, { ...root, name: '/orders' }]);
    const [segment, transactionSpan] = spans.there;
    expect([segment?.['parentId'], segment?.['traceId']]).toEqual([
      transactionSpan?.['guid'],
      transactionSpan?.['traceId'],
    ]);
    const [inner, outer] = spans.here;
    expect([inner?.['parent.id'], inner?.['trace.id']]).toEqual([outer?.['id'], outer?.['trace.id']]);
    expect(inner?.['error.stack']).toMatch(/^RangeError: out of stock\n/);

    const metrics = (there('metric_data') as [string, number, number, [{ name: string }, number[]][]])[3];
    const metric = (wanted: string) => metrics.find(([{ name }]) => name === wanted)?.[1];
    // How often, the sum, that of the metric alone, the smallest, the largest.
    expect(metric('Custom/Queue/Wait')?.slice(0, 5)).toEqual([2, 0.75, 0.75, 0.25, 0.5]);
    expect(metric('Custom/Orders/Refused')?.slice(0, 2)).toEqual([2, 0]);
    // The pipeline measures itself, too.
    const measured = stored('metrics').filter((each) => each['otel.library.name'] === 'shop');
    expect(measured).toMatchObject([
      { name: 'Queue/Wait', type: 'summary', value: { count: 2, sum: 0.75, min: 0.25, max: 0.5 } },
      { name: 'Orders/Refused', type: 'count', value: 2 },
    ]);

    const event = { order: 'A-1', items: 3 };
    expect((there('custom_event_data') as unknown[])[1]).toMatchObject([[{ type: 'OrderRefused' }, event]]);
    expect(stored('logs')).toMatchObject([{ 'newrelic.event.type': 'OrderRefused', ...event }]);

    // What it says is without counterpart: events of transactions and their errors, with the attributes of all spans.
    const transaction = { ...event, express: true };
    expect((there('analytic_event_data') as unknown[])[2]).toMatchObject([[{ type: 'Transaction' }, transaction, {}]]);
    expect((there('error_event_data') as unknown[])[2]).toMatchObject([
      [{ type: 'TransactionError' }, transaction, {}],
    ]);
  }, 120_000);
});

/** Names of the functions that a cell of the guide calls. */
function callsIn(cell: string): string[] {
  return [...cell.matchAll(/`(?:\w+\.)*(\w+)\(/g)].map(([, name = '']) => name).filter((name) => name !== 'require');
}

/** Attributes of the agent itself, of the program, and of the instrumentation. */
type EventOfAgent = readonly [
  intrinsics: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>>,
];
