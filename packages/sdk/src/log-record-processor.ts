/** The log record processor: emitted records go to the buffer. */
import type { RecordOf } from '@telemetryflow/otlp';
import type { PipelineLogRecordProcessor } from './contracts.ts';
import type { Part } from './part.ts';
import type { SignalBuffer } from './signal-buffer.ts';

export function createLogRecordProcessor(buffer: SignalBuffer<'logs'>, part: Part): PipelineLogRecordProcessor {
  return {
    onEmit(logRecord) {
      if (!part.closed) buffer.push(logRecord as RecordOf['logs']);
    },
    forceFlush: (options) => part.flush(options?.timeoutMillis),
    shutdown: () => part.shutdown(),
  };
}
