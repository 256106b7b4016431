/** OTLP requests as bytes: check, count, cut, join and transcode them without decoding their items. */

export { type AttributeEdit, type AttributeEdits, compileAttributeEdits } from './attribute-edits.ts';
export { count } from './count.ts';
export { divide } from './divide.ts';
export { editItemAttributes } from './edit-items.ts';
export { jsonFromProtobuf } from './json-from-protobuf.ts';
export { protobufFromJson } from './protobuf-from-json.ts';
export { mapResources, type ResourceItems, resources } from './resources.ts';
export {
  type FieldTest,
  type FieldVisitor,
  hasField,
  hasKey,
  METRIC_FIELDS,
  someField,
  someItem,
  somePoint,
} from './scan.ts';
export { hasScalar, type ScalarTest } from './scan-values.ts';
export { filterByTraceId, merge, select, slice } from './slice.ts';
export { type OversizeItem, type SplitPart, splitByBytes } from './split.ts';
export { validate } from './validate.ts';
