import { describe, expect, test } from '@jest/globals';
import type { Handed } from '../src/classify.ts';
import { Guest } from '../src/guest.ts';
import type { ExportResult, SdkExporter } from '../src/sdk.ts';

const HANDED: Handed = { signal: 'logs', items: { from: 0, to: 1 }, label: 'guest', scrub: (text) => text };
const PATIENT = new AbortController().signal;

/** A guest whose calls and end are what the test says. */
function guestThat(behaviour: Partial<SdkExporter>) {
  const callbacks: ((result: ExportResult) => void)[] = [];
  const exporter: SdkExporter = {
    export: (_exported, callback) => void callbacks.push(callback),
    shutdown: async () => {},
    ...behaviour,
  };
  return { guest: new Guest(exporter), callbacks };
}

describe('a call', () => {
  test('is what the exporter calls back, the first time', async () => {
    const { guest, callbacks } = guestThat({});
    const outcome = guest.call([], HANDED, PATIENT);
    callbacks[0]?.({ code: 0 });
    callbacks[0]?.({ code: 1 });
    expect(await outcome).toEqual({});
  });

  test('gets the partial success of its own answer, not that of a call before it which was given up', async () => {
    const responses: PromiseWithResolvers<unknown>[] = [];
    const logged: unknown[] = [];
    const _responseHandler = { handleResponse: (response: unknown) => void logged.push(response) };
    const exporter = {
      _delegate: { _responseHandler },
      export(_exported: unknown, callback: (result: ExportResult) => void) {
        const response = Promise.withResolvers<unknown>();
        responses.push(response);
        response.promise.then((each) => {
          _responseHandler.handleResponse(each);
          callback({ code: 0 });
        });
      },
      shutdown: async () => {},
    };
    const guest = new Guest(exporter);
    const deadline = new AbortController();
    const first = guest.call([], HANDED, deadline.signal);
    deadline.abort();
    const second = guest.call([], HANDED, PATIENT);
    responses[0]?.resolve({ partialSuccess: { rejectedLogRecords: 1, errorMessage: 'late' } });
    await responses[0]?.promise;
    responses[1]?.resolve({});
    expect(await first).toMatchObject({ retry: { reason: 'timeout' } });
    expect(await second).toEqual({});
    expect(logged).toHaveLength(2);
  });

  test('that is given up is tried again, whatever is called back later', async () => {
    const { guest, callbacks } = guestThat({});
    const deadline = new AbortController();
    const outcome = guest.call([], HANDED, deadline.signal);
    deadline.abort();
    expect(await outcome).toMatchObject({ retry: { reason: 'timeout', detail: expect.stringContaining('guest') } });
    expect(() => callbacks[0]?.({ code: 0 })).not.toThrow();
  });

  test.each<[string, SdkExporter['export']]>([
    [
      'throws',
      () => {
        throw new Error('a defect');
      },
    ],
    ['rejects, though it should return nothing', () => Promise.reject(new Error('a defect'))],
  ])('of an exporter that %s rejects', async (_, run) => {
    const { guest } = guestThat({ export: run });
    await expect(guest.call([], HANDED, PATIENT)).rejects.toThrow('a defect');
  });

  test('whose result cannot be read rejects, and throws nothing into the exporter', async () => {
    const { guest, callbacks } = guestThat({});
    const outcome = guest.call([], HANDED, PATIENT);
    const error = Object.defineProperty({}, 'code', {
      get() {
        throw new Error('no such member');
      },
    });
    expect(() => callbacks[0]?.({ code: 1, error: error as Error })).not.toThrow();
    await expect(outcome).rejects.toThrow('no such member');
  });
});

describe('the end', () => {
  test('waits for what the exporter keeps, and tells when that fails', async () => {
    const { guest } = guestThat({ shutdown: () => Promise.reject(new Error('disk full')) });
    await expect(guest.shutdown()).rejects.toThrow('disk full');
    const sync = guestThat({ shutdown: (() => {}) as unknown as SdkExporter['shutdown'] });
    await expect(sync.guest.shutdown()).resolves.toBeUndefined();
  });

  test('does not wait for an exporter that has never called back', async () => {
    let told = 0;
    const { guest } = guestThat({
      shutdown() {
        told += 1;
        return new Promise(() => {});
      },
    });
    const deadline = new AbortController();
    const outcome = guest.call([], HANDED, deadline.signal);
    deadline.abort();
    await outcome;
    await guest.shutdown();
    expect(told).toBe(1);
  });

  test('of an exporter that has never called back may fail', async () => {
    const { guest } = guestThat({ shutdown: () => Promise.reject(new Error('still sending')) });
    const deadline = new AbortController();
    const outcome = guest.call([], HANDED, deadline.signal);
    deadline.abort();
    await outcome;
    await expect(guest.shutdown()).resolves.toBeUndefined();
  });
});
