/** A backend that stands in for the one a block of the specification names: one file per type under `stand-ins/`. */
import type { Signal } from '@telemetryflow/otlp';
import {
  type Answer,
  type Backend,
  type BackendOptions,
  type RecordedRequest,
  startBackend,
} from '@telemetryflow/testkit';

/** One item as the backend understood it. */
export interface Received {
  readonly signal: Signal;
  /** The attribute `item.id`, under whatever name it arrived; undefined for what the host sent of itself. */
  readonly id: string | undefined;
  /** Name of the span or metric; empty for logs. */
  readonly name: string;
  /** The number of a data point, the text of a log record, the duration of a span in ms. */
  readonly value: number | string;
}

/** A running stand-in. */
export interface RunningStandIn {
  readonly port: number;
  /** What it has taken so far. */
  readonly received: readonly Received[];
  /** What it has refused so far, each with the reason. */
  readonly refused: readonly string[];
  close(): Promise<void>;
}

/** The stand-in of one block. */
export interface StandIn {
  /** What the block connects to, as `host:port`. */
  readonly hosts: readonly string[];
  /** Whether these speak TLS; the certificate is for their names. */
  readonly tls: boolean;
  /** The signals that the block, as it stands, sends. */
  readonly signals: readonly Signal[];
  /** Signals of which the block sends no items with ids but what sums them up, as alarms: some of it has to arrive. */
  readonly summarized?: readonly Signal[];
  /** Signals that the block leaves on and the product does not take: the agent says so, and counts what it drops. */
  readonly refuses?: readonly Signal[];
  /** Signals that it could send too, and the block with which it does. */
  readonly switchedOff?: { readonly signals: readonly Signal[]; readonly block: Readonly<Record<string, unknown>> };
  /** What else the block connects to, none of which takes telemetry. */
  readonly besides?: Omit<StandIn, 'signals' | 'besides'>;
  /** Variables of the block that need a certain value. */
  readonly env?: Readonly<Record<string, string>>;
  start(tls: BackendOptions['tls']): Promise<RunningStandIn>;
}

/** What a stand-in makes of a request: an answer, and what it took. Throws the reason of a refusal. */
export type Judge = (request: RecordedRequest) => { readonly answer: Answer; readonly received: readonly Received[] };

/** A stand-in that is asked over HTTP, and answers 400 with the reason to what `judge` throws. */
export async function httpStandIn(judge: Judge, tls: BackendOptions['tls']): Promise<RunningStandIn> {
  const received: Received[] = [];
  const start = (options: BackendOptions): Promise<Backend> =>
    startBackend((request) => {
      try {
        const verdict = judge(request);
        received.push(...verdict.received);
        return verdict.answer;
      } catch (error) {
        return { status: 400, body: textOf(error) };
      }
    }, options);
  const { port, refused, close } = await fakeStandIn(start, () => [], tls);
  return { port, received, refused, close };
}

/**
 * A strict fake as a stand-in: of what it answers with a 2xx, `read` tells what was received, or throws the reason why
 * the block should not have sent it; anything else is refused.
 */
export async function fakeStandIn<F extends Backend>(
  start: (options: BackendOptions) => Promise<F>,
  read: (request: RecordedRequest) => readonly Received[],
  tls: BackendOptions['tls'],
): Promise<RunningStandIn & { readonly fake: F }> {
  const received: Received[] = [];
  const refused: string[] = [];
  const onAnswer = (request: RecordedRequest, { status = 200, body, fault }: Answer): void => {
    const refuse = (why: unknown): void => void refused.push(`${request.method} ${request.path}: ${textOf(why)}`);
    if (status >= 300 || fault !== undefined) {
      refuse(`${status} ${fault ?? textOf(body)}`);
      return;
    }
    try {
      received.push(...read(request));
    } catch (error) {
      refuse(error);
    }
  };
  const fake = await start({ forgetBodies: true, onAnswer, ...(tls !== undefined && { tls }) });
  return { fake, port: fake.port, received, refused, close: () => fake.close() };
}

function textOf(thing: unknown): string {
  if (thing instanceof Error) return thing.message;
  return typeof thing === 'string' ? thing : (JSON.stringify(thing) ?? '');
}

/** Fails with a sentence unless the condition holds: for judges. */
export function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(sentence);
}
