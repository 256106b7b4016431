import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { type Batch, delivered, type EncodeContext, type ExporterDefinition, retry } from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { reportOf } from './toy-contract.ts';
import { broken, sending, TOKEN } from './toy-exporter.ts';

/** The toy whose encoder sees the batch first, or changes what it yields. */
function encoding(
  encode: (honest: ReturnType<typeof Array.from>, batch: Batch, context: EncodeContext) => Iterable<unknown>,
): ExporterDefinition {
  return broken((honest) => ({
    encode: (batch, context) =>
      encode([...honest.encode(batch, context)], batch, context) as ReturnType<typeof honest.encode>,
  }));
}

interface Made {
  readonly body: string;
  readonly items: { readonly from: number; readonly to: number };
}

const DEFECTS: readonly (readonly [defect: string, scenario: string, report: RegExp, exporter: ExporterDefinition])[] =
  [
    [
      'leaves an item out of the request',
      'delivers every item exactly once',
      /the backend took 49; it did not take item-0/,
      encoding((made) =>
        (made as Made[]).map((payload, at) =>
          at === 0 ? { ...payload, body: JSON.stringify((JSON.parse(payload.body) as string[]).slice(1)) } : payload,
        ),
      ),
    ],
    [
      'leaves an item out of every payload',
      'delivers every item exactly once',
      /left item 9 of 50 out/,
      encoding((made) =>
        (made as Made[]).map((payload, at) => (at === 0 ? { ...payload, items: { from: 0, to: 9 } } : payload)),
      ),
    ],
    [
      'puts an item into two payloads',
      'delivers every item exactly once',
      /put item 0 into two payloads/,
      encoding((made) => [...made, ...made.slice(0, 1)]),
    ],
    [
      'retries inside send',
      'asks for a retry when the backend is unavailable',
      /tried again by itself|requests for \d+ sends/,
      sending(async (honest, payload, options) => {
        const first = await honest(payload, options);
        return first.retry === undefined ? first : honest(payload, options);
      }),
    ],
    [
      'says that all went well when the backend was unavailable',
      'asks for a retry when the backend is unavailable',
      /an unavailable backend gave the outcome \{\}/,
      sending(async (honest, payload, options) => {
        await honest(payload, options);
        return delivered();
      }),
    ],
    [
      'says that all went well when the backend refused',
      'drops with a reason',
      /delivered, expected 0|a permanent refusal gave/,
      sending(async (honest, payload, options) => {
        await honest(payload, options);
        return delivered();
      }),
    ],
    [
      'retries what was refused for good',
      'drops with a reason',
      /dropped as "unavailable"|a permanent refusal gave|Not settled/,
      sending(async (honest, payload, options) => {
        const outcome = await honest(payload, options);
        return outcome.dropped === undefined ? outcome : retry('unavailable');
      }),
    ],
    [
      'forgets the delay the backend asks for',
      'passes on the delay',
      /7 s were asked for/,
      sending(async (honest, payload, options) => {
        const outcome = await honest(payload, options);
        return outcome.retry === undefined ? outcome : retry(outcome.retry.reason);
      }),
    ],
    [
      'takes refused credentials for refused data',
      'holds data back while the credentials are refused',
      /dropped as "invalid"|refused credentials gave/,
      sending(async (honest, payload, options) => {
        const outcome = await honest(payload, options);
        return outcome.retry === undefined ? outcome : { dropped: [{ items: payload.items, reason: 'invalid' }] };
      }),
    ],
    [
      'drops what it should split',
      'splits a request',
      /0 of 10 items were delivered|delivered, expected 9/,
      sending(async (honest, payload, options) => {
        const outcome = await honest(payload, options);
        return outcome.split === undefined ? outcome : { dropped: [{ items: payload.items, reason: 'too_large' }] };
      }),
    ],
    [
      'ignores its abort signal',
      'gives up an attempt that the backend never answers',
      /did not end within \d+ ms after its signal was aborted/,
      sending((honest, payload, options) => honest(payload, { ...options, signal: new AbortController().signal })),
    ],
    [
      'changes its input',
      'leaves its input as it is',
      /dropped as "bug"/,
      encoding((made, batch) => {
        const [record] = batch.records() as unknown as LogRecord[];
        (record?.attributes as Record<string, unknown>)['seen'] = true;
        return made;
      }),
    ],
    [
      'encodes the same batch differently each time',
      'encodes the same batch',
      /encode reads a clock or keeps state/,
      (() => {
        let times = 0;
        return encoding((made) =>
          (made as Made[]).map((payload) => ({ ...payload, body: `${payload.body}${' '.repeat(times++)}` })),
        );
      })(),
    ],
    [
      'lets telemetry into a header',
      'or become a header',
      /came as it is into "POST \/items[^"]*x-service: \.\.\/planted/,
      encoding((made, batch) => {
        const [record] = batch.records() as unknown as LogRecord[];
        const headers = { 'x-service': String(record?.resource.attributes['service.name']) };
        return (made as Made[]).map(({ body, items }) => ({ body: { body, headers }, items }));
      }),
    ],
    [
      'logs a secret',
      'never prints a secret',
      /the secret "tok-5f2c9a7e1b" was printed/,
      sending((honest, payload, options, context) => {
        context.logger.debug('Sending.', { headers: { authorization: `Bearer ${TOKEN}` } });
        return honest(payload, options);
      }),
    ],
    [
      'puts a secret into an outcome',
      'never prints a secret',
      /is in an outcome or error of send/,
      sending(async (honest, payload, options) => {
        const outcome = await honest(payload, options);
        return outcome.retry === undefined
          ? outcome
          : retry('unavailable', { detail: Buffer.from(TOKEN).toString('base64') });
      }),
    ],
    [
      'throws when an answer is malformed',
      'survives an answer in no known format',
      /dropped as "bug"/,
      sending(async (honest, payload, options) => {
        await honest(payload, options);
        return JSON.parse('{{{');
      }),
    ],
    [
      'leaves a timer behind',
      'delivers every item exactly once',
      /1 timers are still set/,
      broken((_honest, context) => {
        context.clock.setInterval(() => undefined, 1e9);
        return {};
      }),
    ],
    [
      'leaves its connections open',
      'delivers at shutdown what is still queued',
      /connections are still open after shutdown/,
      broken(() => ({ stop: async () => undefined })),
    ],
    [
      'names items that are not in the payload',
      'drops with a reason',
      /which is not in the payload/,
      sending(async (honest, payload, options) => {
        await honest(payload, options);
        return { dropped: [{ items: [99], reason: 'invalid' }] };
      }),
    ],
  ];

/** Test runners catch stray rejections themselves, so this one is run without any. */
async function runAlone(script: string): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@telemetryflow/source', path]);
  return stdout;
}

describe('the contract catches an exporter that', () => {
  test('lets a rejection escape into the host', async () => {
    expect(await runAlone('stray-rejection.ts')).toMatch(/escaped into the host: Error: nobody listens/);
  });

  test.each(DEFECTS)('%s, by "%s"', async (_defect, scenario, report, exporter) => {
    expect(await reportOf(exporter, scenario)).toMatch(report);
  });
});
