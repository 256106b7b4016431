/** One real item per signal, as small as it may be, for a backend to take or to refuse. */
import type { PipelineInput } from '@telemetryflow/kernel';
import { decodeJson, type Signal } from '@telemetryflow/otlp';

const NAME = 'telemetryflow.doctor';

/** Named `telemetryflow.doctor`, of the service `telemetryflow-doctor`, at this moment. */
export function itemOf(signal: Signal, nowMs: number): PipelineInput {
  const time = `${nowMs}000000`;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'telemetryflow-doctor' } }] };
  switch (signal) {
    case 'traces': {
      const span = {
        traceId: `${Math.floor(nowMs / 1000).toString(16)}${'d0c7'.repeat(6)}`,
        spanId: 'd0c7d0c7d0c7d0c7',
        name: NAME,
        kind: 1,
        startTimeUnixNano: time,
        endTimeUnixNano: time,
      };
      return input(signal, { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
    }
    case 'metrics': {
      const gauge = { dataPoints: [{ timeUnixNano: time, asDouble: 1 }] };
      return input(signal, { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: NAME, gauge }] }] }] });
    }
    case 'logs': {
      const record = { timeUnixNano: time, severityNumber: 9, severityText: 'INFO', body: { stringValue: NAME } };
      return input(signal, { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] });
    }
  }
}

function input(signal: Signal, request: object): PipelineInput {
  return { signal, records: decodeJson(signal, JSON.stringify(request)) } as PipelineInput;
}
