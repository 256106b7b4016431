/** Responses and statuses, as servers write them and as they should not. */
import { describe, expect, test } from '@jest/globals';
import {
  decodeExportResponse,
  decodeStatus,
  type Encoding,
  encodeExportResponse,
  encodeStatus,
  OtlpError,
} from '@telemetryflow/otlp';
import fc from 'fast-check';
import { SIGNALS } from './wire/oracle.ts';

const ENCODINGS: readonly Encoding[] = ['proto', 'json'];
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe.each(ENCODINGS)('in %s', (encoding) => {
  test('responses come back as they were', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SIGNALS), count, fc.string({ unit: 'grapheme' }), (signal, rejected, message) => {
        const response = { rejected, message };
        expect(decodeExportResponse(signal, encodeExportResponse(signal, response, encoding), encoding)).toEqual(
          response,
        );
      }),
    );
  });

  test('statuses come back as they were', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 16 }),
        fc.string(),
        fc.option(fc.nat(), { nil: undefined }),
        (code, message, retryDelayMs) => {
          const status = retryDelayMs === undefined ? { code, message } : { code, message, retryDelayMs };
          expect(decodeStatus(encodeStatus(status, encoding), encoding)).toEqual(status);
        },
      ),
    );
  });

  test('garbage is a typed error or an answer, never another failure', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const read of [
          () => decodeExportResponse('traces', bytes, encoding),
          () => decodeStatus(bytes, encoding),
        ]) {
          try {
            read();
          } catch (error) {
            expect(OtlpError.is(error)).toBe(true);
          }
        }
      }),
    );
  });
});

test('JSON counts may be numbers, and what has a foreign type counts as absent', () => {
  const read = (partialSuccess: unknown) =>
    decodeExportResponse('metrics', Buffer.from(JSON.stringify({ partialSuccess })), 'json');
  expect(read({ rejectedDataPoints: 3 })).toEqual({ rejected: 3, message: '' });
  for (const odd of [null, 7, 'text', [], { rejectedDataPoints: [], errorMessage: {} }, { rejectedDataPoints: '-1' }]) {
    expect(read(odd)).toEqual({ rejected: 0, message: '' });
  }
});

test('a JSON answer that is no object is an error', () => {
  for (const text of ['[]', '"x"', 'null', '<html>']) {
    expect(() => decodeStatus(Buffer.from(text), 'json')).toThrow(OtlpError);
  }
});

test('delays in JSON have fractions; other details are passed over', () => {
  const status = (details: unknown) =>
    decodeStatus(Buffer.from(JSON.stringify({ code: 8, message: 'm', details })), 'json');
  const info = (retryDelay: unknown) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
  expect(status([{ '@type': 'other' }, info('0.250s')])).toEqual({ code: 8, message: 'm', retryDelayMs: 250 });
  for (const odd of [null, {}, [null], [info('soon')], [info(5)], [info('-1s')]]) {
    expect(status(odd)).toEqual({ code: 8, message: 'm' });
  }
});
