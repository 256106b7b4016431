/** A resource codec over protobufjs, for string attributes only: what the functions on bytes need of one. */
import type { AttributeMap, ResourceCodec, ResourceRecord } from '@telemetryflow/otlp';
import { decodeAs, encodeAs } from './oracle.ts';

export const resourceCodec: ResourceCodec = {
  decode(bytes: Uint8Array): ResourceRecord {
    const { attributes = [] } = safely(bytes) as {
      attributes?: { key?: string; value?: { stringValue?: string } }[];
    };
    const map: Record<string, string> = {};
    for (const { key = '', value } of attributes) map[key] = value?.stringValue ?? '';
    return { attributes: map as AttributeMap };
  },
  encode({ attributes }: ResourceRecord): Uint8Array {
    const list = Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: String(value) } }));
    return encodeAs('Resource', { attributes: list });
  },
};

/** Fuzzed bytes may hold a Resource that protobufjs refuses; that is not what is tested here. */
function safely(bytes: Uint8Array): Record<string, unknown> {
  try {
    return decodeAs('Resource', bytes);
  } catch {
    return {};
  }
}
