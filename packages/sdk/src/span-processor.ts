/** The span processor: ended, sampled spans go to the buffer. */
import type { RecordOf } from '@telemetryflow/otlp';
import type { PipelineSpanProcessor } from './contracts.ts';
import type { Part } from './part.ts';
import type { SignalBuffer } from './signal-buffer.ts';

const SAMPLED = 1;

export function createSpanProcessor(buffer: SignalBuffer<'traces'>, part: Part): PipelineSpanProcessor {
  return {
    onStart() {},
    onEnd(span) {
      // A span may be recorded for the host's own use without being sampled for export.
      if (part.closed || (span.spanContext().traceFlags & SAMPLED) === 0) return;
      buffer.push(span as RecordOf['traces']);
    },
    forceFlush: () => part.flush(),
    shutdown: () => part.shutdown(),
  };
}
