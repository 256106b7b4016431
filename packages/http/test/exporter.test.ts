import { afterEach, describe, expect, test } from '@jest/globals';
import { defineHttpExporter, type HttpConfig, type HttpExporterOptions, takeBody } from '@telemetryflow/http';
import { type Batch, drop, type Exporter, type ExporterDefinition, Secret } from '@telemetryflow/kernel';
import { encodeContext, exporterContext, payloads, sendOptions } from './context.ts';
import { httpServer, type Running, readBody } from './servers.ts';

interface LineConfig extends HttpConfig {
  readonly token?: Secret;
}

const base: LineConfig = {
  endpoint: 'http://127.0.0.1:1',
  timeout: 30_000,
  compression: 'none',
  tls_skip_verify: false,
  max_response_bytes: 4_000_000,
};

const options: HttpExporterOptions<LineConfig> = {
  type: 'lines',
  description: 'Sends the number of each item.',
  signals: { logs: 'development' },
  reads: 'records',
  config: { properties: { token: { type: 'string', secret: true, description: 'Token.' } }, required: ['endpoint'] },
  url: (config, signal) => `${config.endpoint}/${signal}`,
  headers: (config) => ({ 'content-type': 'text/plain', authorization: config.token ?? '' }),
  encode: {
    logs: () =>
      function* (batch, context) {
        for (let i = 0; i < batch.count; i += 1) {
          yield {
            body: i % 2 === 0 ? `${context.id}:${i}` : { body: `${i}`, headers: { 'x-odd': 'yes' } },
            items: [i],
          };
        }
      },
  },
};

const batch = { signal: 'logs', count: 2 } as Batch<'logs'>;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

interface Seen {
  readonly url: string | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

async function backend(seen: Seen[], status = 200): Promise<Running> {
  const running = await httpServer(async (request, response) => {
    seen.push({ url: request.url, headers: request.headers, body: (await readBody(request)).toString() });
    response.writeHead(status).end();
  });
  open.push(running);
  return running;
}

async function started(definition: ExporterDefinition, config: LineConfig): Promise<Exporter> {
  const exporter = definition.create(config, exporterContext('logs'));
  open.push({ close: () => exporter.stop?.() });
  await exporter.start?.();
  return exporter;
}

describe('an exporter made by defineHttpExporter', () => {
  test('gives the memory of a released body to the next one, alone or in a message', async () => {
    const exporter = await started(defineHttpExporter(options), base);
    for (const wrap of [(body: Buffer) => body, (body: Buffer) => ({ body })]) {
      const body = takeBody(50_000);
      exporter.release?.({ body: wrap(body), items: [0] });
      expect(takeBody(50_000).buffer).toBe(body.buffer);
    }
  });

  test('sends what encode yields to its URL, with its headers and those of the message', async () => {
    const seen: Seen[] = [];
    const { url } = await backend(seen);
    const config = { ...base, endpoint: url, token: new Secret('t0ken') };
    const exporter = await started(defineHttpExporter(options), config);
    for (const payload of payloads(exporter.encode(batch, encodeContext))) {
      expect(await exporter.send(payload, sendOptions())).toEqual({});
    }
    expect(seen.map(({ url, body }) => [url, body])).toEqual([
      ['/logs', 'batch-1:0'],
      ['/logs', '1'],
    ]);
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'text/plain', authorization: 't0ken' });
    expect(seen[0]?.headers['x-odd']).toBeUndefined();
    expect(seen[1]?.headers['x-odd']).toBe('yes');
  });

  test("lets the user's headers win over its own", async () => {
    const seen: Seen[] = [];
    const { url } = await backend(seen);
    const headers = { Authorization: new Secret('mine'), 'Content-Type': new Secret('') };
    const exporter = await started(defineHttpExporter(options), { ...base, endpoint: url, headers });
    await exporter.send({ body: 'x', items: [0] }, sendOptions());
    expect(seen[0]?.headers['authorization']).toBe('mine');
    expect(seen[0]?.headers['content-type']).toBeUndefined();
  });

  test('answers by the default table, by its rules, or by a function of its own', async () => {
    const { url } = await backend([], 418);
    const config = { ...base, endpoint: url };
    const send = async (classify: HttpExporterOptions<LineConfig>['classify']): Promise<unknown> => {
      const exporter = await started(defineHttpExporter({ ...options, ...(classify && { classify }) }), config);
      return exporter.send({ body: 'x', items: [0] }, sendOptions());
    };
    expect(await send(undefined)).toMatchObject({ dropped: [{ reason: 'invalid' }] });
    expect(await send({ rules: [{ status: 418, verdict: { retry: 'unavailable' } }] })).toMatchObject({
      retry: { reason: 'unavailable' },
    });
    expect(await send((result, { signal }) => drop('unsupported', `${result.kind} ${signal}`))).toMatchObject({
      dropped: [{ reason: 'unsupported', detail: 'response logs' }],
    });
  });

  test('has the HTTP options and its own in one schema, its own first', () => {
    const { config } = defineHttpExporter({
      ...options,
      config: {
        ...options.config,
        properties: {
          ...options.config.properties,
          compression: { type: 'string', enum: ['none'], default: 'none', description: 'Never.' },
        },
      },
    });
    const { properties, required } = config as { properties: Record<string, unknown>; required: unknown };
    expect(Object.keys(properties).sort()).toEqual(
      [
        'compression',
        'endpoint',
        'headers',
        'max_response_bytes',
        'proxy',
        'timeout',
        'tls',
        'tls_skip_verify',
        'token',
      ].sort(),
    );
    expect(properties['compression']).toMatchObject({ default: 'none' });
    expect(required).toEqual(['endpoint']);
  });
});

describe('its check', () => {
  const check = (config: Partial<LineConfig>): [string, string, string | undefined][] =>
    (defineHttpExporter(options).check?.({ ...base, ...config }) ?? []).map(({ path, message, severity }) => [
      path.join('.'),
      message,
      severity,
    ]);

  test('finds nothing wrong with a good configuration', () => {
    expect(check({})).toEqual([]);
  });

  test('finds a missing endpoint, illegal headers, unreadable files and a bad proxy at once', () => {
    const problems = check({
      endpoint: '',
      headers: { 'x-a': new Secret('a\nb') },
      tls: { ca_file: '/no/such.pem' },
      proxy: new Secret('socks5://u:secret@p'),
    });
    expect(problems.map(([path]) => path)).toEqual(['endpoint', 'headers.x-a', 'tls.ca_file', 'proxy']);
    expect(JSON.stringify(problems)).not.toContain('secret');
  });

  test.each([
    [{ tls_skip_verify: true }, 'tls_skip_verify'],
    [{ tls: { skip_verify: true } }, 'tls.skip_verify'],
    [{ tls_skip_verify: true, tls: { skip_verify: true } }, 'tls.skip_verify'],
  ])('warns once about %j', (config, path) => {
    expect(check(config).map(([at, , severity]) => [at, severity])).toEqual([[path, 'warning']]);
  });
});
