/** OpenTelemetry records and their OTLP forms: docs/reference/records.md is the table of the record shapes. */
export {
  AttributeChanges,
  copyArray,
  emptyAttributes,
  isDouble,
  type MutableAttributes,
  withAttribute,
  withoutAttribute,
  withResourceAttributes,
} from './attributes.ts';
export { BackwardWriter } from './backward-writer.ts';
export { dataPoints, type PlacedPoint } from './data-points.ts';
export * from './errors.ts';
export { estimateBytes } from './estimate.ts';
export { groupEntries, groupRecords } from './groups.ts';
export { countRecords, selectRecords } from './items.ts';
export { encodeJaegerProcess, encodeJaegerSpan, JaegerRequest } from './jaeger/proto.ts';
export * from './jaeger/span.ts';
export { JsonBytes, jsonConstant } from './json/bytes.ts';
export { decodeJson } from './json/decode.ts';
export { encodeJson } from './json/encode.ts';
export { JsonName, JsonNames } from './json/names.ts';
export { PerGroup } from './per-group.ts';
export { decode } from './proto/decode.ts';
export { encode, encodeLogs, encodeMetrics, encodeSteps, encodeTraces } from './proto/encode.ts';
export { decodeResource } from './proto/read-groups.ts';
export { encodeResource } from './proto/write-groups.ts';
export { quoted, quotedStart } from './quoted.ts';
export * from './records.ts';
export { RepeatedValue } from './repeated.ts';
export { decodeExportResponse, type Encoding, type ExportResponse, encodeExportResponse } from './response.ts';
export { LEFT_OUT, mapScalars, type ScalarChange } from './scalars.ts';
export { SeverityNumber, type SeverityRange, severityRange, severityText } from './severity.ts';
export { durationNanos, parentOf, spanDuration, validIds } from './span-ids.ts';
export { decodeStatus, encodeStatus, type RpcStatus } from './status.ts';
export {
  hrTimeIsZero,
  hrTimeToMillis,
  hrTimeToNanoString,
  hrTimeToNanos,
  hrTimeToWholeMillis,
  logMillis,
  nanosToHrTime,
  wholeHrTime,
} from './time.ts';
export { cutText, cutUtf8, writeUtf8 } from './utf8.ts';
export { type PlainJson, toPlainJson, valueToText } from './values.ts';
export * from './wire/index.ts';
