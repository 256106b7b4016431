/** What an exporter makes of an answer: one request, sent and answered over a real connection. */
import type { Outcome, Payload } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { Answer } from './backend/answer.ts';
import { startBackend } from './backend/http-backend.ts';
import type { RecordedRequest } from './backend/request.ts';
import { batchOf } from './chain.ts';
import { FAKE_EPOCH } from './clock.ts';
import type { BackendProfile, ContractOptions } from './contract/options.ts';
import { recordsOf } from './data/items.ts';
import { exporterFor } from './through-encoder.ts';

/** The exporter and its configuration, as the contract takes them; `start` for what is not HTTP. */
export interface AnswersOptions<Q = RecordedRequest, A = Answer>
  extends Pick<ContractOptions<Q, A>, 'definition' | 'config'>,
    Pick<BackendProfile<Q, A>, 'start'> {
  /** Default: logs. */
  readonly signal?: Signal;
}

/** A started exporter before a backend that answers what it is told. */
export interface Answers<A = Answer> {
  /** The outcome of a request of five items that is answered so. */
  to(answer: A): Promise<Outcome>;
  close(): Promise<void>;
}

/**
 * Start both; every request is of the same {@link ANSWERED_ITEMS} items.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { type Answers, type AnswersOptions, startAnswers } from '@telemetryflow/testkit';
 *
 * const options: AnswersOptions = { definition: otlpHttp, config: ({ url }) => ({ endpoint: url }) };
 * const answers: Answers = await startAnswers(options);
 * const outcome = await answers.to({ status: 429, headers: { 'retry-after': '2' } });
 * await answers.close();
 * assert.deepEqual([outcome.retry?.reason, outcome.retry?.afterMs], ['throttled', 2000]);
 * ```
 */
export async function startAnswers<Q = RecordedRequest, A = Answer>(
  options: AnswersOptions<Q, A>,
): Promise<Answers<A>> {
  const signal = options.signal ?? 'logs';
  let next: A | undefined;
  const start = options.start ?? (startBackend as unknown as NonNullable<typeof options.start>);
  const backend = await start(() => next as A, { tls: false, forgetBodies: true });
  const block = options.config({ url: backend.url, caFile: undefined });
  const exporter = await exporterFor(options.definition, block, signal);
  await exporter.start?.();
  const batch = batchOf(signal, recordsOf(signal, ANSWERED_ITEMS, { variety: 'plain' }));
  const encoded = [...exporter.encode(batch, { now: FAKE_EPOCH, id: 'b', mode: undefined })];
  const payloads = encoded.filter((each): each is Payload => each !== undefined && 'body' in each);
  return {
    async to(answer) {
      const [payload, ...others] = payloads;
      if (payload === undefined || others.length > 0) throw new Error(`${payloads.length} requests instead of one`);
      next = answer;
      return exporter.send(payload, { signal: AbortSignal.timeout(30_000), attempt: 1 });
    },
    async close() {
      await exporter.stop?.();
      await backend.close();
    },
  };
}

/**
 * Items of each request of {@link startAnswers}.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { ANSWERED_ITEMS, startAnswers } from '@telemetryflow/testkit';
 *
 * const answers = await startAnswers({ definition: otlpHttp, config: ({ url }) => ({ endpoint: url }) });
 * const body = { partialSuccess: { rejectedLogRecords: ANSWERED_ITEMS } };
 * const { dropped } = await answers.to({ status: 200, body });
 * await answers.close();
 * assert.equal(dropped?.[0]?.items, ANSWERED_ITEMS);
 * ```
 */
export const ANSWERED_ITEMS = 5;
