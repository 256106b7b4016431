/** What goes in comes out: judged by protobufjs on the official messages, for random requests of every signal. */
import { describe, expect, test } from '@jest/globals';
import { decode, decodeJson, encode, encodeJson, protobufFromJson, validate } from '@telemetryflow/otlp';
import fc from 'fast-check';
import { meaning } from './meaning.ts';
import { requests } from './wire/arbitraries.ts';
import { encode as encodeByProtobufjs, SIGNALS } from './wire/oracle.ts';

const RUNS = 80;

describe.each(SIGNALS)('%s', (signal) => {
  test('lose nothing on the way to records and back, in protobuf', () => {
    fc.assert(
      fc.property(requests[signal], (request) => {
        const bytes = encodeByProtobufjs(signal, request);
        const again = encode(signal, decode(signal, bytes));
        expect(meaning(signal, again)).toEqual(meaning(signal, bytes));
        validate(signal, again);
      }),
      { numRuns: RUNS },
    );
  });

  test('lose nothing on the way to records and back, in JSON', () => {
    fc.assert(
      fc.property(requests[signal], (request) => {
        const bytes = encodeByProtobufjs(signal, request);
        const json = encodeJson(signal, decode(signal, bytes));
        JSON.parse(Buffer.from(json).toString());
        expect(meaning(signal, encode(signal, decodeJson(signal, json)))).toEqual(meaning(signal, bytes));
      }),
      { numRuns: RUNS },
    );
  });

  test('are written by the JSON encoder as by the protobuf encoder', () => {
    fc.assert(
      fc.property(requests[signal], (request) => {
        const records = decode(signal, encodeByProtobufjs(signal, request));
        expect(meaning(signal, protobufFromJson(signal, encodeJson(signal, records)))).toEqual(
          meaning(signal, encode(signal, records)),
        );
      }),
      { numRuns: RUNS },
    );
  });
});
