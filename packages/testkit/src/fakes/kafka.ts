/**
 * A strict Kafka broker that a test scripts: it speaks enough of the protocol for producers (ApiVersions, Metadata,
 * Produce, SASL PLAIN), refuses what a broker refuses, answers the rest as told, and misbehaves as told. It advertises the address that the client
 * put into its client id, so that a proxy in between stays in between, else its own.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { AnswerFault } from '../backend/answer.ts';
import { testCa } from '../backend/certificates.ts';
import { conditions } from '../backend/conditions.ts';
import type { FakeBackend } from '../backend/http-backend.ts';
import type { Script } from '../backend/script.ts';
import type { BackendProfile } from '../contract/options.ts';
import { type ReadBatch, readRecordBatch } from './kafka-batch.ts';
import { INVALID_RECORD, judgeProduce, type KafkaRules, MESSAGE_TOO_LARGE, type Produced } from './kafka-rules.ts';
import { WireReader, WireWriter } from './kafka-wire.ts';
import { otlpItemIds } from './otlp-items.ts';

/** The broker's answer to a produce request. */
export interface ProduceAnswer {
  readonly errorCode: number;
  /** Milliseconds for which the client has to hold back further requests. Default 0. */
  readonly throttleMs?: number;
  readonly fault?: AnswerFault;
}

/** A running {@link fakeKafka}. */
export interface FakeKafka extends FakeBackend<Produced> {
  readonly port: number;
  /** `host:port`, as configured. */
  readonly address: string;
  /** Partitions of every topic, from now on. */
  partitions: number;
  /** Error code that metadata requests get; 0 is none. */
  metadataError: number;
  /** Metadata requests so far. */
  readonly metadataRequests: number;
  /** Whether any metadata request allowed to create topics. */
  readonly allowedCreation: boolean;
}

/** What can be set when it starts. */
export interface FakeKafkaOptions {
  readonly tls?: boolean;
  readonly partitions?: number;
  /** Default: a free one. */
  readonly port?: number;
  /** Forget what requests held once they are answered; their number stays. */
  readonly forget?: boolean;
  /** Wanted credentials; without them there is no SASL. */
  readonly sasl?: { readonly username: string; readonly password: string };
  readonly rules?: KafkaRules;
}

const PRODUCE = 0;
const METADATA = 3;
const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;
const VERSIONS: readonly (readonly [api: number, min: number, max: number])[] = [
  [PRODUCE, 3, 7],
  [METADATA, 2, 5],
  [SASL_HANDSHAKE, 1, 1],
  [API_VERSIONS, 0, 2],
  [SASL_AUTHENTICATE, 0, 0],
];
const SASL_FAILED = 58;
const JUNK = Buffer.from(Array.from({ length: 997 }, (_, i) => (i * 151 + 7) & 0xff));
const CHUNK = Buffer.alloc(64 * 1024, 'a');

/**
 * Start a broker on a free port of 127.0.0.1; `script` answers what the rules let in.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import kafka from '@telemetryflow/exporter-kafka';
 * import {
 *   type FakeKafka,
 *   type FakeKafkaOptions,
 *   fakeKafka,
 *   logs,
 *   type ProduceAnswer,
 *   type ReadBatch,
 *   type ReadRecord,
 *   throughPipeline,
 * } from '@telemetryflow/testkit';
 *
 * const options: FakeKafkaOptions = { partitions: 1 };
 * const answer: ProduceAnswer = { errorCode: 0 };
 * const broker: FakeKafka = await fakeKafka(answer, options);
 * const block = { brokers: [broker.address], client_id: broker.address, encoding: 'otlp_json' };
 * await throughPipeline(kafka, block, 'logs', logs(2, { startMs: Date.now() }));
 * await broker.close();
 * const [batch]: readonly ReadBatch[] = broker.requests;
 * const [record]: readonly ReadRecord[] = batch?.records ?? [];
 * assert.equal(record?.headers['telemetryflow-signal'], 'logs');
 * ```
 */
export async function fakeKafka(
  script: Script<Produced, ProduceAnswer> = { errorCode: 0 },
  options: FakeKafkaOptions = {},
): Promise<FakeKafka> {
  const requests: Produced[] = [];
  const sockets = new Set<Socket>();
  const state = { partitions: options.partitions ?? 3, metadataError: 0, metadataRequests: 0, allowedCreation: false };
  let sequence = 0;
  const { wake, until } = conditions();

  async function answerOf(request: Produced): Promise<ProduceAnswer> {
    if (typeof script === 'function') return script(request, requests.length - 1);
    if (!Array.isArray(script)) return script as ProduceAnswer;
    return script[Math.min(sequence++, script.length - 1)] as ProduceAnswer;
  }

  async function handle(socket: Socket, packet: Buffer): Promise<void> {
    const reader = new WireReader(packet);
    const api = reader.int16();
    const version = reader.int16();
    const correlation = reader.int32();
    const clientId = reader.string() ?? '';
    const out = new WireWriter().int32(correlation);
    const send = (): void => {
      const bytes = out.done();
      if (!socket.destroyed) socket.write(new WireWriter().bytes(bytes).done());
    };
    switch (api) {
      case API_VERSIONS:
        out.int16(0).array(VERSIONS, (entry) => out.int16(entry[0]).int16(entry[1]).int16(entry[2]));
        if (version > 0) out.int32(0);
        return send();
      case SASL_HANDSHAKE:
        out.int16(0).array(['PLAIN'], (name) => out.string(name));
        return send();
      case SASL_AUTHENTICATE: {
        const [, username, password] = String(reader.bytes()).split('\0');
        const right = username === options.sasl?.username && password === options.sasl?.password;
        out.int16(right ? 0 : SASL_FAILED).string(right ? null : 'Authentication failed: Invalid username or password');
        out.bytes(Buffer.alloc(0));
        return send();
      }
      case METADATA: {
        const topics = reader.array(() => reader.string() ?? '');
        state.metadataRequests++;
        state.allowedCreation ||= version >= 4 && reader.int8() === 1;
        writeMetadata(out, version, topics, /:\d+$/.test(clientId) ? clientId : `127.0.0.1:${port}`, state);
        return send();
      }
      case PRODUCE:
        return produce(socket, reader, out, version, clientId, send);
      default:
        socket.destroy();
    }
  }

  async function produce(
    socket: Socket,
    reader: WireReader,
    out: WireWriter,
    version: number,
    clientId: string,
    send: () => void,
  ): Promise<void> {
    reader.string();
    const acks = reader.int16();
    reader.int32();
    const parts = reader.array(() => {
      const topic = reader.string() ?? '';
      return reader.array(() => ({ topic, partition: reader.int32(), batch: reader.bytes() ?? Buffer.alloc(0) }));
    });
    const [only, ...others] = parts.flat();
    if (only === undefined || others.length > 0) throw new Error(`${others.length + 1} partitions in one request`);
    const { topic, partition } = only;
    const request = { ...readBatch(only.batch), topic, partition, acks, clientId };
    const index = requests.push(request) - 1;
    wake();
    const refusal = judgeProduce(request, options.rules);
    const answer: ProduceAnswer = refusal === 0 ? await answerOf(request) : { errorCode: refusal };
    const { errorCode, throttleMs = 0, fault } = answer;
    if (options.forget === true) requests[index] = { ...request, records: [] };
    if (acks === 0) return;
    out.array([0], () => {
      out.string(only.topic);
      out.array([0], () => {
        out.int32(only.partition).int16(errorCode).int64(0n).int64(-1n);
        if (version >= 5) out.int64(0n);
      });
    });
    out.int32(throttleMs);
    if (fault === undefined) send();
    else misbehave(socket, fault, new WireWriter().bytes(out.done()).done());
  }

  const ca = options.tls === true ? testCa() : undefined;
  const listener = (socket: Socket): void => {
    let buffered = Buffer.alloc(0);
    let queue = Promise.resolve();
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const end = 4 + buffered.readInt32BE(0);
        const packet = buffered.subarray(4, end);
        buffered = buffered.subarray(end);
        queue = queue
          .then(() => handle(socket, packet))
          .catch(() => {
            socket.destroy();
          });
      }
    });
  };
  const server: Server =
    ca === undefined ? createServer(listener) : (createTlsServer(ca.issue(), listener) as unknown as Server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      wake();
    });
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `${ca === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    address: `127.0.0.1:${port}`,
    port,
    ca,
    requests,
    get partitions() {
      return state.partitions;
    },
    set partitions(count) {
      state.partitions = count;
    },
    get metadataError() {
      return state.metadataError;
    },
    set metadataError(code) {
      state.metadataError = code;
    },
    get metadataRequests() {
      return state.metadataRequests;
    },
    get allowedCreation() {
      return state.allowedCreation;
    },
    get connections() {
      return sockets.size;
    },
    received: (count) => until(() => requests.length >= count),
    disconnected: () => until(() => sockets.size === 0),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await until(() => sockets.size === 0);
    },
  };
}

function readBatch(bytes: Buffer): ReadBatch & { readonly corrupt?: string } {
  try {
    return readRecordBatch(bytes);
  } catch (error) {
    return { codec: 0, bytes: bytes.length, producerId: -1n, records: [], corrupt: String(error) };
  }
}

function writeMetadata(
  out: WireWriter,
  version: number,
  topics: readonly string[],
  address: string,
  { partitions, metadataError }: { readonly partitions: number; readonly metadataError: number },
): void {
  const colon = address.lastIndexOf(':');
  if (version >= 3) out.int32(0);
  out.array([1], (id) =>
    out
      .int32(id)
      .string(address.slice(0, colon))
      .int32(Number(address.slice(colon + 1)))
      .string(null),
  );
  out.string('cluster').int32(1);
  out.array(topics, (topic) => {
    out.int16(metadataError).string(topic).boolean(false);
    const numbers = Array.from({ length: metadataError === 0 ? partitions : 0 }, (_, index) => index);
    out.array(numbers, (partition) => {
      out.int16(0).int32(partition).int32(1);
      out.array([1], (id) => out.int32(id));
      out.array([1], (id) => out.int32(id));
      if (version >= 5) out.int32(0);
    });
  });
}

function misbehave(socket: Socket, fault: AnswerFault, answer: Buffer): void {
  switch (fault) {
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'stall':
      return;
    case 'garbage':
    case 'malformed':
      socket.end(JUNK);
      return;
    case 'stall_body':
    case 'cut_off':
      socket.write(answer.subarray(0, answer.length >> 1), () => {
        if (fault === 'cut_off') setImmediate(() => socket.resetAndDestroy());
      });
      return;
    case 'endless':
    case 'huge': {
      socket.write(new WireWriter().int32(1024 ** 3).done());
      const pour = (): void => {
        if (!socket.destroyed && socket.writable) socket.write(CHUNK, () => setImmediate(pour));
      };
      pour();
    }
  }
}

/**
 * User and password of the broker behind {@link KAFKA_PROFILE}.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import kafka from '@telemetryflow/exporter-kafka';
 * import { fakeKafka, KAFKA_CREDENTIALS, logs, throughPipeline } from '@telemetryflow/testkit';
 *
 * const sasl = KAFKA_CREDENTIALS;
 * const broker = await fakeKafka(undefined, { sasl });
 * const block = {
 *   brokers: [broker.address],
 *   client_id: broker.address,
 *   sasl_username: sasl.username,
 *   sasl_password: sasl.password,
 * };
 * const { delivered } = await throughPipeline(kafka, block, 'logs', logs(2, { startMs: Date.now() }));
 * await broker.close();
 * assert.equal(delivered, 2);
 * ```
 */
export const KAFKA_CREDENTIALS: { readonly username: string; readonly password: string } = {
  username: 'writer',
  password: 'top-secret-password',
};

/**
 * How a broker answers, for `exporterContract`, `runFaultMatrix` and `runFaults`; values are `otlp_proto`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import kafka from '@telemetryflow/exporter-kafka';
 * import { exporterContract, KAFKA_CREDENTIALS, KAFKA_PROFILE } from '@telemetryflow/testkit';
 *
 * const { username: sasl_username, password: sasl_password } = KAFKA_CREDENTIALS;
 * const [first] = exporterContract({
 *   definition: kafka,
 *   config: ({ url }) => {
 *     const { host } = new URL(url); // the fake broker advertises the address that is the client's id
 *     return { brokers: [host], client_id: host, encoding: 'otlp_proto', sasl_username, sasl_password };
 *   },
 *   backend: KAFKA_PROFILE,
 *   signals: ['logs'],
 * });
 * await first?.run();
 * assert.match(first?.name ?? '', /delivers every item exactly once/);
 * ```
 */
export const KAFKA_PROFILE: BackendProfile<Produced, ProduceAnswer> = {
  decode: ({ records }) =>
    records.flatMap(({ value, headers }) => {
      const signal = headers['telemetryflow-signal'] as 'traces' | 'metrics' | 'logs';
      return otlpItemIds(signal, value).map((id) => id ?? 'item without id');
    }),
  address: ({ topic, records }) => [topic, ...records.map(({ headers }) => JSON.stringify(headers))].join('\n'),
  success: () => ({ errorCode: 0 }),
  /** NOT_ENOUGH_REPLICAS. */
  transient: () => ({ errorCode: 19 }),
  permanent: () => ({ errorCode: INVALID_RECORD }),
  /** TOPIC_AUTHORIZATION_FAILED. */
  auth: () => ({ errorCode: 29 }),
  tooLarge: () => ({ errorCode: MESSAGE_TOO_LARGE }),
  fault: (answer, fault) => ({ ...answer, fault }),
  echo: (answer) => answer,
  start: (script, { tls }) => fakeKafka(script, { tls, partitions: 1, sasl: KAFKA_CREDENTIALS, forget: true }),
};
