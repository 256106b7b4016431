import { afterEach, describe, expect, test } from '@jest/globals';
import { defineOtlpExporter, type OtlpConfig, type OtlpExporterOptions } from '@telemetryflow/http';
import { type Batch, type Exporter, type ExporterDefinition, Secret } from '@telemetryflow/kernel';
import { count, type Signal } from '@telemetryflow/otlp';
import { encodeContext, exporterContext, payloads, sendOptions } from '../context.ts';
import { answering, httpServer, type Running, readBody } from '../servers.ts';

/** otlp.md, golden 2: one log record. */
const LOG = Buffer.from(
  '0900eb3af5faeb6f1510091a04494e464f2a2632240a100a016e120b18ffffffffffffffffff010a090a016212043a0200ff0a050a0165120045010000004a105b8efff798038103d269b633813fc60c5208eee19b7ec3c1b1745900eb3af5faeb6f1562026576',
  'hex',
);

function field(tag: number, body: Buffer): Buffer {
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** A request with this many records. */
function request(records: number, body = LOG): Buffer {
  return Buffer.concat(Array.from({ length: records }, () => field(0x0a, field(0x12, field(0x12, body)))));
}

function batchOf(bytes: Buffer): Batch<'logs'> {
  return {
    signal: 'logs',
    count: count('logs', bytes),
    bytes: bytes.length,
    otlp: () => bytes,
    otlpParts: () => [{ bytes, items: count('logs', bytes) }],
  } as unknown as Batch<'logs'>;
}

const base: OtlpConfig = {
  endpoint: 'http://127.0.0.1:1',
  timeout: 30_000,
  compression: 'none',
  tls_skip_verify: false,
  max_response_bytes: 4_000_000,
  encoding: 'proto',
  protocol: 'http',
  max_request_bytes: 4_000_000,
};

const preset: OtlpExporterOptions<OtlpConfig> = {
  type: 'preset',
  description: 'A preset.',
  config: { properties: {} },
  headers: () => ({ 'x-key': 'built-in' }),
};

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function serve(listener: Parameters<typeof httpServer>[0]): Promise<Running> {
  const running = await httpServer(listener);
  open.push(running);
  return running;
}

async function started(definition: ExporterDefinition, config: OtlpConfig, signal: Signal = 'logs'): Promise<Exporter> {
  const exporter = definition.create(config, exporterContext(signal));
  open.push({ close: () => exporter.stop?.() });
  await exporter.start?.();
  return exporter;
}

describe('an exporter made by defineOtlpExporter', () => {
  test('sends the bytes of a batch as they are, to the path of the signal', async () => {
    const seen: { url: string | undefined; headers: NodeJS.Dict<string | string[]>; body: Buffer }[] = [];
    const { url } = await serve(async (incoming, response) => {
      seen.push({ url: incoming.url, headers: incoming.headers, body: await readBody(incoming) });
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
    const exporter = await started(defineOtlpExporter(preset), { ...base, endpoint: `${url}/` });
    const bytes = request(3);
    const [payload, ...rest] = payloads(exporter.encode(batchOf(bytes), encodeContext));
    expect(rest).toEqual([]);
    expect(payload?.items).toEqual({ from: 0, to: 3 });
    expect(payload?.body).toBe(bytes);
    if (payload !== undefined) expect(await exporter.send(payload, sendOptions())).toEqual({});
    expect(seen[0]?.url).toBe('/v1/logs');
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/x-protobuf', 'x-key': 'built-in' });
    expect(seen[0]?.body.equals(bytes)).toBe(true);
  });

  test("lets the user's headers win over its key", async () => {
    let key: unknown;
    const { url } = await serve((incoming, response) => {
      key = incoming.headers['x-key'];
      answering(200)(incoming, response);
    });
    const exporter = await started(defineOtlpExporter(preset), {
      ...base,
      endpoint: url,
      headers: { 'X-Key': new Secret('mine') },
    });
    await exporter.send({ body: request(1), items: [0] }, sendOptions());
    expect(key).toBe('mine');
  });

  test('cuts requests at max_request_bytes, and drops only the item that alone exceeds it', async () => {
    const exporter = await started(defineOtlpExporter(preset), { ...base, max_request_bytes: 400 });
    const huge = Buffer.concat([LOG, field(0x1a, Buffer.alloc(1000, 0x61))]);
    const bytes = Buffer.concat([request(5), request(1, huge), request(4)]);
    const encoded = [...exporter.encode(batchOf(bytes), encodeContext)];
    let next = 0;
    for (const each of encoded) {
      if (each === undefined) continue;
      const items = 'dropped' in each ? each.dropped : each.items;
      if (!('from' in items)) throw new Error('expected a range');
      expect(items.from).toBe(next);
      next = items.to;
      if ('dropped' in each) {
        expect([items, each.reason]).toEqual([{ from: 5, to: 6 }, 'too_large']);
      } else {
        expect((each.body as Uint8Array).length).toBeLessThanOrEqual(400);
        expect(count('logs', each.body as Uint8Array)).toBe(items.to - items.from);
      }
    }
    expect(next).toBe(10);
  });

  test.each(['encoding', 'protocol'])('sends JSON when %s says so, cut by the size of the JSON', async (key) => {
    const types: unknown[] = [];
    const { url } = await serve((incoming, response) => {
      types.push(incoming.headers['content-type']);
      answering(200, { 'content-type': 'application/json' }, '{"partialSuccess":{}}')(incoming, response);
    });
    const json = key === 'encoding' ? { encoding: 'json' as const } : { protocol: 'http/json' as const };
    const exporter = await started(defineOtlpExporter(preset), {
      ...base,
      ...json,
      endpoint: url,
      max_request_bytes: 1500,
    });
    const huge = Buffer.concat([LOG, field(0x1a, Buffer.alloc(1500, 0x61))]);
    const bytes = Buffer.concat([request(3), request(1, huge), request(4)]);
    const encoded = [...exporter.encode(batchOf(bytes), encodeContext)].filter((each) => each !== undefined);
    let next = 0;
    for (const each of encoded) {
      const items = 'dropped' in each ? each.dropped : each.items;
      if (!('from' in items)) throw new Error('expected a range');
      expect(items.from).toBe(next);
      next = items.to;
      if ('dropped' in each) {
        expect([items, each.reason]).toEqual([{ from: 3, to: 4 }, 'too_large']);
        continue;
      }
      const text = Buffer.from(each.body as Uint8Array).toString();
      expect(text.length).toBeLessThanOrEqual(1500);
      const { resourceLogs } = JSON.parse(text) as { resourceLogs: { scopeLogs: { logRecords: object[] }[] }[] };
      expect(resourceLogs).toHaveLength(items.to - items.from);
      expect(resourceLogs[0]?.scopeLogs[0]?.logRecords[0]).toMatchObject({
        timeUnixNano: '1544712660300000000',
        severityNumber: 9,
        traceId: '5b8efff798038103d269b633813fc60c',
        eventName: 'ev',
      });
      expect(await exporter.send(each, sendOptions())).toEqual({});
    }
    expect(next).toBe(8);
    expect(new Set(types)).toEqual(new Set(['application/json']));
  });

  test('makes nothing of an empty batch', async () => {
    const exporter = await started(defineOtlpExporter(preset), base);
    expect(payloads(exporter.encode(batchOf(Buffer.alloc(0)), encodeContext))).toEqual([]);
  });

  test('sends to endpoints that the preset derives', async () => {
    const { url } = await serve(answering(200));
    const definition = defineOtlpExporter({ ...preset, endpoints: () => ({ endpoint: url }) });
    const exporter = await started(definition, { ...base, endpoint: '' });
    expect(await exporter.send({ body: request(1), items: [0] }, sendOptions())).toEqual({});
  });

  test.each([
    [200, true],
    [401, false],
    [404, false],
  ])('is healthy when an empty request is answered %i: %p', async (status, ok) => {
    const { url } = await serve(answering(status));
    const result = await defineOtlpExporter(preset).healthcheck?.({ ...base, endpoint: url }, sendOptions());
    expect(result?.ok).toBe(ok);
    expect(result?.message).toContain(`answered ${status}`);
  });

  test('is not healthy when nothing listens', async () => {
    const result = await defineOtlpExporter(preset).healthcheck?.(base, sendOptions());
    expect(result).toMatchObject({ ok: false });
  });
});

describe('protocol: grpc', () => {
  const config: OtlpConfig = { ...base, endpoint: 'http://127.0.0.1:4317', protocol: 'grpc' };

  test('is refused by a preset that does not offer it', () => {
    const problems = defineOtlpExporter(preset).check?.(config) ?? [];
    expect(problems).toMatchObject([{ path: ['protocol'] }]);
  });

  test('is taken by a preset that does, with the rules of gRPC instead of those of HTTP', () => {
    const definition = defineOtlpExporter({ ...preset, grpc: {} });
    expect(definition.check?.(config)).toEqual([]);
    expect(definition.check?.({ ...config, endpoint: 'http://h:1/v1/traces' })).toMatchObject([
      { path: ['endpoint'], severity: 'warning', message: expect.stringContaining('gRPC has no paths') },
    ]);
  });

  test('loads the library of the preset at start, and not before', async () => {
    let loads = 0;
    const load = async (): Promise<object> => {
      loads++;
      return import('@grpc/grpc-js');
    };
    const exporter = defineOtlpExporter({ ...preset, grpc: { load } }).create(config, exporterContext('logs'));
    expect(loads).toBe(0);
    await exporter.start?.();
    expect(loads).toBe(1);
    await exporter.stop?.();
  });

  test('sends to nobody: a retry that says what to check', async () => {
    const exporter = defineOtlpExporter({ ...preset, grpc: {} }).create(
      { ...config, endpoint: 'http://127.0.0.1:1' },
      exporterContext('logs'),
    );
    await exporter.start?.();
    open.push({ close: () => exporter.stop?.() });
    const [payload] = payloads(exporter.encode(batchOf(request(2)), encodeContext));
    const outcome = payload && (await exporter.send(payload, sendOptions()));
    expect(outcome).toMatchObject({
      retry: { items: 'all', reason: 'network', detail: expect.stringMatching(/ECONNREFUSED.*nothing listens there/) },
    });
  });
});
