/** Records to OTLP/JSON: encoded as protobuf, then transcoded, so that one encoder owns the rules. */
import { encode } from '../proto/encode.ts';
import type { RecordOf, Signal } from '../records.ts';
import { jsonFromProtobuf } from '../wire/json-from-protobuf.ts';

/** The OTLP/JSON request of these records, as UTF-8; what `encode` says holds here, too. */
export function encodeJson<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Uint8Array {
  return jsonFromProtobuf(signal, encode(signal, records));
}
