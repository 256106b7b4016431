/**
 * What the functions on OTLP bytes cost, against decoding and encoding the same requests with protobufjs, in one
 * process and interleaved, so that the ratios hold on a busy machine. Payload: 8 different requests of 512 semantic
 * convention HTTP server spans, about 540 bytes each.
 *
 *   node --conditions=@telemetryflow/source test/bench/otlp-wire.ts
 *
 * Fails when a ratio is under its floor.
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

const SPANS = 512;
const REQUESTS = 8;
const ROUNDS = 9;

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

const json = Array.from({ length: REQUESTS }, body);
const bytes = json.map((text) => protobufFromJson('traces', text));

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

interface Contest {
  readonly name: string;
  readonly ours: (index: number) => unknown;
  readonly peer: string;
  readonly theirs: (index: number) => unknown;
  /** Least acceptable ratio of their time to ours. */
  readonly floor: number;
}

const at = <T>(list: readonly T[], index: number): T => list[index % REQUESTS] as T;
const decode = (index: number): unknown => request.decode(at(bytes, index));

const edits = compileAttributeEdits([
  { key: 'deployment.region', action: 'insert', value: 'eu-west-1' },
  { key: 'enduser.id', action: 'delete' },
]);

/** The same edits on decoded spans. */
function editObjects(index: number): Uint8Array {
  const message = request.decode(at(bytes, index)) as unknown as {
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

const CONTESTS: readonly Contest[] = [
  {
    name: 'validate',
    ours: (i) => validate('traces', at(bytes, i)),
    peer: 'protobufjs decode',
    theirs: decode,
    floor: 7,
  },
  { name: 'count', ours: (i) => count('traces', at(bytes, i)), peer: 'protobufjs decode', theirs: decode, floor: 150 },
  {
    name: 'slice, half',
    ours: (i) => slice('traces', at(bytes, i), 128, 384),
    peer: 'protobufjs decode',
    theirs: decode,
    floor: 15,
  },
  {
    name: 'split at 64 KiB',
    ours: (i) => [...splitByBytes('traces', at(bytes, i), 65536)].length,
    peer: 'protobufjs decode',
    theirs: decode,
    floor: 10,
  },
  {
    name: 'editItemAttributes',
    ours: (i) => editItemAttributes('traces', at(bytes, i), edits),
    peer: 'protobufjs decode + encode',
    theirs: editObjects,
    floor: 12,
  },
  {
    name: 'protobufFromJson',
    ours: (i) => protobufFromJson('traces', at(json, i)),
    peer: 'JSON.parse + protobufjs',
    theirs: (i) => throughObjects(at(json, i)),
    floor: 2,
  },
  {
    name: 'protobufFromJson',
    ours: (i) => protobufFromJson('traces', at(json, i)),
    peer: 'JSON.parse alone',
    theirs: (i) => JSON.parse(at(json, i).toString()),
    floor: 0.8,
  },
  {
    name: 'jsonFromProtobuf',
    ours: (i) => jsonFromProtobuf('traces', at(bytes, i)),
    peer: 'protobufjs decode + toObject + stringify',
    theirs: (i) =>
      Buffer.from(JSON.stringify(request.toObject(request.decode(at(bytes, i)), { longs: String, bytes: String }))),
    floor: 2,
  },
];

/** Nanoseconds per span of one timed run of at least 30 ms. */
function time(run: (index: number) => unknown): number {
  const start = process.hrtime.bigint();
  let calls = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < REQUESTS; i++) run(i);
    calls += REQUESTS;
    elapsed = Number(process.hrtime.bigint() - start);
  } while (elapsed < 30e6);
  return elapsed / calls / SPANS;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

console.log(
  `${Math.round((bytes[0] as Uint8Array).length / SPANS)} B/span protobuf, ${Math.round((json[0] as Buffer).length / SPANS)} B/span JSON`,
);
for (const { name, ours, peer, theirs, floor } of CONTESTS) {
  for (let i = 0; i < 3; i++) {
    time(ours);
    time(theirs);
  }
  const rounds = Array.from({ length: ROUNDS }, () => [time(ours), time(theirs)] as const);
  const ratio = median(rounds.map(([mine, other]) => other / mine));
  const verdict = ratio < floor ? `UNDER THE FLOOR of ${floor}` : `floor ${floor}`;
  console.log(
    `${name.padEnd(18)} ${median(rounds.map(([mine]) => mine))
      .toFixed(1)
      .padStart(8)} ns/span   ` +
      `${peer} ${median(rounds.map(([, other]) => other)).toFixed(0)} ns   ${ratio.toFixed(2)}x (${verdict})`,
  );
  if (ratio < floor) process.exitCode = 1;
}
