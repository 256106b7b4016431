/**
 * What the functions on OTLP bytes cost, against decoding and encoding the same requests with protobufjs. Payload: 8
 * different requests of 512 semantic convention HTTP server spans, about 540 bytes each.
 */
import { readFileSync } from 'node:fs';
import {
  compileAttributeEdits,
  count,
  editItemAttributes,
  jsonFromProtobuf,
  protobufFromJson,
  slice,
  splitByBytes,
  validate,
} from '@telemetryflow/otlp';
import protobuf from 'protobufjs';
import { bench, type Contest, type Run } from './suite.ts';

const SPANS = 512;
const REQUESTS = 8;

type Json = { [key: string]: Json } | readonly Json[] | string | number;

const proto = readFileSync(new URL('../../packages/otlp/test/proto/otlp.proto', import.meta.url), 'utf8');
const request = protobuf.parse(proto).root.lookupType('otlp.ExportTraceServiceRequest');

let seed = 1;
const random = (below: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed % below;
};
const hex = (digits: number): string => Array.from({ length: digits }, () => random(16).toString(16)).join('');
const text = (key: string, value: string): Json => ({ key, value: { stringValue: value } });
const integer = (key: string, value: number): Json => ({ key, value: { intValue: String(value) } });

function span(): Json {
  return {
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: hex(16),
    name: 'GET /api/v1/orders/{orderId}',
    kind: 2,
    startTimeUnixNano: `1790000000${100_000_000 + random(800_000_000)}`,
    endTimeUnixNano: `1790000001${100_000_000 + random(800_000_000)}`,
    attributes: [
      text('http.request.method', 'GET'),
      text('url.path', `/api/v1/orders/${random(1_000_000)}`),
      text('url.scheme', 'https'),
      text('server.address', 'orders.internal.example.com'),
      integer('server.port', 8443),
      integer('http.response.status_code', 200),
      text('http.route', '/api/v1/orders/{orderId}'),
      text('network.protocol.version', '1.1'),
      text('client.address', '10.1.2.3'),
      text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36'),
      text('enduser.id', `u${random(100_000)}`),
      integer('http.request.body.size', random(5000)),
    ],
    events:
      random(5) === 0
        ? [{ timeUnixNano: '1790000000500000000', name: 'exception', attributes: [text('exception.type', 'Error')] }]
        : [],
    status: {},
    flags: 257,
  };
}

function body(): Buffer {
  const scopes = Array.from({ length: 4 }, (_, index) => ({
    scope: { name: `@opentelemetry/instrumentation-${index}`, version: '0.301.0' },
    spans: Array.from({ length: SPANS / 4 }, span),
  }));
  const attributes = Array.from({ length: 14 }, (_, index) => text(`resource.key.${index}`, `value ${index}`));
  return Buffer.from(JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: scopes }] }));
}

/** Made when a contestant first wants it: the processes that only arrange the contests need none. */
interface Requests {
  readonly json: readonly Buffer[];
  readonly bytes: readonly Uint8Array[];
}

function requests(): Requests {
  const json = Array.from({ length: REQUESTS }, body);
  return { json, bytes: json.map((each) => protobufFromJson('traces', each)) };
}

type Ids = { traceId: string | Buffer; spanId: string | Buffer; parentSpanId: string | Buffer };
type Parsed = { resourceSpans: { scopeSpans: { spans: Ids[] }[] }[] };

/** JSON to protobuf the usual way: parse, turn ids into bytes, encode. */
function throughObjects(text: Buffer): Uint8Array {
  const parsed = JSON.parse(text.toString()) as Parsed;
  for (const { scopeSpans } of parsed.resourceSpans) {
    for (const { spans } of scopeSpans) {
      for (const span of spans) {
        span.traceId = Buffer.from(String(span.traceId), 'hex');
        span.spanId = Buffer.from(String(span.spanId), 'hex');
        span.parentSpanId = Buffer.from(String(span.parentSpanId), 'hex');
      }
    }
  }
  return request.encode(request.fromObject(parsed)).finish();
}

const edits = compileAttributeEdits([
  { key: 'deployment.region', action: 'insert', value: 'eu-west-1' },
  { key: 'enduser.id', action: 'delete' },
]);

/** The same edits on decoded spans. */
function editObjects(bytes: Uint8Array): Uint8Array {
  const message = request.decode(bytes) as unknown as {
    resourceSpans: { scopeSpans: { spans: { attributes: { key: string }[] }[] }[] }[];
  };
  for (const { scopeSpans } of message.resourceSpans) {
    for (const { spans } of scopeSpans) {
      for (const span of spans) {
        span.attributes = span.attributes.filter(({ key }) => key !== 'enduser.id');
        if (span.attributes.some(({ key }) => key === 'deployment.region')) continue;
        span.attributes.push(text('deployment.region', 'eu-west-1') as { key: string });
      }
    }
  }
  return request.encode(message as never).finish();
}

function onBytes(run: (bytes: Uint8Array) => unknown): () => Run {
  return () => {
    const { bytes } = requests();
    return (round) => run(bytes[round % REQUESTS] as Uint8Array);
  };
}

function onJson(run: (json: Buffer) => unknown): () => Run {
  return () => {
    const { json } = requests();
    return (round) => run(json[round % REQUESTS] as Buffer);
  };
}

const decode = onBytes((bytes) => request.decode(bytes));
const transcode = onJson((json) => protobufFromJson('traces', json));

const CONTESTS: readonly Omit<Contest, 'items'>[] = [
  {
    name: 'validate, against protobufjs decode',
    ours: onBytes((bytes) => validate('traces', bytes)),
    peer: decode,
    floor: 7,
  },
  {
    name: 'count, against protobufjs decode',
    ours: onBytes((bytes) => count('traces', bytes)),
    peer: decode,
    floor: 150,
  },
  {
    name: 'slice, half, against protobufjs decode',
    ours: onBytes((bytes) => slice('traces', bytes, 128, 384)),
    peer: decode,
    floor: 15,
  },
  {
    name: 'split at 64 KiB, against protobufjs decode',
    ours: onBytes((bytes) => [...splitByBytes('traces', bytes, 65536)].length),
    peer: decode,
    floor: 10,
  },
  {
    name: 'edit item attributes, against decode + encode',
    ours: onBytes((bytes) => editItemAttributes('traces', bytes, edits)),
    peer: onBytes(editObjects),
    floor: 12,
  },
  {
    name: 'protobuf from JSON, against parse + protobufjs',
    ours: transcode,
    peer: onJson(throughObjects),
    floor: 2,
  },
  {
    name: 'protobuf from JSON, against JSON.parse alone',
    ours: transcode,
    peer: onJson((json) => JSON.parse(json.toString())),
    floor: 0.8,
  },
  {
    name: 'JSON from protobuf, against protobufjs + stringify',
    ours: onBytes((bytes) => jsonFromProtobuf('traces', bytes)),
    peer: onBytes((bytes) =>
      Buffer.from(JSON.stringify(request.toObject(request.decode(bytes), { longs: String, bytes: String }))),
    ),
    floor: 2,
  },
];

await bench(CONTESTS.map((contest) => ({ ...contest, items: SPANS })));
