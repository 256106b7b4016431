/**
 * Metrics as alarms: a run of data points becomes an event where it crosses a threshold or comes back, and is dropped
 * as filtered where it changes nothing. The state follows what OpManager has taken.
 */
import { hostname } from 'node:os';
import { drop, type Exporter, type ExporterContext, type Outcome, type Payload, retry } from '@telemetryflow/kernel';
import type { ManageengineConfig, MetricThreshold } from '../config.ts';
import { AlarmStates, type Change } from './alarm-states.ts';
import { type Run, thresholdsEncoder } from './encode-thresholds.ts';
import { bracketed, formOf, SEVERITY } from './event.ts';
import type { EventSender } from './send-event.ts';

const OPERATORS: Readonly<Record<MetricThreshold['op'], string>> = { gt: '>', ge: '>=', lt: '<', le: '<=' };

export function createThresholdExporter(
  config: ManageengineConfig,
  sender: EventSender,
  context: ExporterContext,
): Exporter {
  const states = new AlarmStates();
  const eventType = config.monitor_group || 'OpenTelemetry';
  /** Whether this OpManager takes severity 5 by this call is unpublished. */
  let clears = true;

  function formFor(run: Run, change: Change): string {
    const { source, entity } = run;
    const isClear = change.rule === undefined;
    return formOf({
      source: source.device,
      severity: isClear && !clears ? SEVERITY.ATTENTION : change.severity,
      message: `${isClear && !clears ? 'recovered: ' : ''}${textOf(run, change.rule)}${bracketed(source.tags)}`,
      alarmCode: 'OTEL-METRIC-THRESHOLD',
      entity,
      eventType,
    });
  }

  function isRefusedClear({ dropped }: Outcome, { rule }: Change): boolean {
    if (rule !== undefined || !clears) return false;
    const [refused] = dropped ?? [];
    return refused?.reason === 'rejected' && refused.detail?.startsWith('unknown_device') !== true;
  }

  return {
    encode: thresholdsEncoder(config, hostname()) as Exporter['encode'],
    start: sender.start,
    stop: sender.stop,
    async send(payload, options) {
      const run = payload.body as Run;
      const change = states.changeBy(run);
      if (change === undefined) return drop('filtered', 'no threshold was crossed, so there is nothing to say');
      const event: Payload<{ form: string }> = { ...payload, body: { form: formFor(run, change) } };
      const outcome = await sender.send(event, options);
      if (isRefusedClear(outcome, change)) {
        clears = false;
        context.logger.warn('OpManager takes no event that clears an alarm: a recovery is sent as attention');
        // A mode that differs from the last one makes the retry an immediate one.
        const detail = outcome.dropped?.[0]?.detail;
        return { ...retry('unsupported', { afterMs: 0, detail }), mode: { clears } };
      }
      if (outcome.retry === undefined && outcome.dropped === undefined) states.told(run, change);
      return outcome;
    },
  };
}

function textOf({ source, entity, value }: Run, rule: MetricThreshold | undefined): string {
  const service = source.service === '' ? '' : `[${source.service}] `;
  if (rule === undefined) return `${service}${entity} is ${value} again, within its thresholds`;
  const since = rule.for === 0 ? '' : ` for ${rule.for / 1000} s`;
  return `${service}${entity} is ${value}, ${OPERATORS[rule.op]} ${rule.value}${since}`;
}
