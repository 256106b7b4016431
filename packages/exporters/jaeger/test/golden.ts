/** The span of the golden examples. */
import type { SpanRecord } from '@telemetryflow/otlp';

export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const SPAN = 'b7ad6b7169203331';
export const PARENT = '00f067aa0ba902b7';

const RESOURCE = { attributes: { 'service.name': 's' } };

/** "op", without parent, 1.5 ms from 1700000000.123456 s on. */
export function goldenSpan(parts: Partial<SpanRecord> = {}): SpanRecord {
  return {
    name: 'op',
    kind: 0,
    spanContext: () => ({ traceId: TRACE, spanId: SPAN, traceFlags: 1 }),
    startTime: [1_700_000_000, 123_456_000],
    endTime: [1_700_000_000, 124_956_000],
    duration: [0, 1_500_000],
    ended: true,
    status: { code: 0 },
    attributes: { ok: true },
    links: [],
    events: [],
    resource: RESOURCE,
    instrumentationScope: { name: '' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...parts,
  };
}

/** Thrift Batch, 133 bytes. */
export const G1 =
  '0c00010b00010000000173000f00020c000000010a00018448eb211c80319c0a00020af7651916cd43dd0a0003b7ad6b71692033310a000400000000000000000b0005000000026f70080007000000010a000800060a24182022400a000900000000000005dc0f000a0c000000010b0001000000026f6b0800020000000202000501000000';

/** PostSpansRequest, 102 bytes: nanoseconds, and a parent. */
export const G2 =
  '0a640a5d0a100af7651916cd43dd8448eb211c80319c1208b7ad6b71692033311a026f70221c0a100af7651916cd43dd8448eb211c80319c120800f067aa0ba902b72801320b0880e2cfaa0610959aef3a3a0410e0c65b42080a026f6b1001200112030a0173';
