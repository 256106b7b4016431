/**
 * One call through a client of the AWS SDK with a body that is encoded already: the SDK finds endpoint and
 * credentials, signs, sends and reads errors; its serialiser has next to nothing to do, and answers are capped.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';

/** Answers of AWS are a few hundred bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The answer could not be read to its end. `status` is known: it came before. */
export class UnreadableAnswer extends Error {
  readonly status: number;

  constructor(status: number, cause: unknown) {
    super(`the answer with status ${status} could not be read to its end`, { cause });
    this.name = 'UnreadableAnswer';
    this.status = status;
  }
}

/** There was no answer: the connection could not be made, or broke. */
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'NoAnswer';
  }
}

/** What goes over the wire, and what was sent that must not be printed. */
export interface Call {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Gets the values of signed headers that are secret. */
  readonly onSecret: (value: string) => void;
  /** Gets the headers of the answer, names in lower case. */
  readonly onHeaders?: (headers: Readonly<Record<string, string>>) => void;
}

type Stack = CloudWatchClient['middlewareStack'];

interface Wire {
  headers: Record<string, string>;
  body: unknown;
}

interface WireResponse {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  body: unknown;
}

const SECRET_HEADERS: readonly string[] = ['authorization', 'x-amz-security-token'];

/**
 * Give a command its body and our reading of the answer, and send it. `stack` is the command's own. Rejects with
 * {@link NoAnswer}, {@link UnreadableAnswer}, an error that the service answered, or one of the search for credentials.
 */
export async function call<O>(stack: Stack, request: Call, send: () => Promise<O>): Promise<O> {
  let failure: unknown;
  stack.add(
    (next) => (args) => {
      const wire = args.request as Wire;
      wire.body = request.body;
      Object.assign(wire.headers, request.headers);
      return next(args);
    },
    // After the serialiser, before anything that looks at the body: the signature is made later.
    { step: 'serialize', priority: 'low', name: 'telemetryflowBody' },
  );
  stack.add(
    (next) => async (args) => {
      const { headers } = args.request as Wire;
      for (const name of SECRET_HEADERS) if (headers[name] !== undefined) request.onSecret(headers[name]);
      let result: Awaited<ReturnType<typeof next>>;
      try {
        result = await next(args);
      } catch (error) {
        failure = new NoAnswer(error);
        throw failure;
      }
      const response = result.response as WireResponse;
      request.onHeaders?.(response.headers ?? {});
      try {
        response.body = await readBody(response, request.signal);
      } catch (error) {
        failure = error;
        throw error;
      }
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'telemetryflowAnswer' },
  );
  try {
    return await send();
  } catch (error) {
    // The SDK hands errors on in a wrapper of its own that loses their codes.
    throw failure ?? error;
  }
}

/** The whole answer; of an error whatever came, of a success nothing less than all. */
async function readBody({ statusCode, body }: WireResponse, signal: AbortSignal): Promise<Uint8Array> {
  const stream = body as NodeJS.ReadableStream & { destroy(error?: Error): void };
  const chunks: Uint8Array[] = [];
  let size = 0;
  const abort = (): void => stream.destroy(new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    if (statusCode < 300) throw new UnreadableAnswer(statusCode, error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return Buffer.concat(chunks);
}

const compress = promisify(gzip);
/** Below this the AWS SDK does not compress either. */
const MIN_COMPRESSED_BYTES = 10_240;

/** The body as it is sent, gzipped off the main thread where that pays, and the headers that say so. */
export async function compressed(
  body: Uint8Array,
): Promise<{ readonly body: Uint8Array; readonly headers: Readonly<Record<string, string>> }> {
  if (body.length < MIN_COMPRESSED_BYTES) return { body, headers: {} };
  return { body: await compress(body, { level: 1 }), headers: { 'content-encoding': 'gzip' } };
}
