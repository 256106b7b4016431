/** One instance for one signal, by where the signal goes. */
import { hostname } from 'node:os';
import type { Exporter, ExporterContext } from '@telemetryflow/kernel';
import type { ManageengineConfig } from './config.ts';
import { destinationOf, productOf } from './destination.ts';
import { eventsEncoder } from './encode-events.ts';
import { createOtlpExporter } from './otlp.ts';
import { refusingExporter } from './refuse.ts';
import { createEventExporter, eventSender } from './send-event.ts';

export function createExporter(config: ManageengineConfig, context: ExporterContext): Exporter {
  const { dataSignal: signal } = context;
  const destination = destinationOf(config, signal);
  switch (destination.kind) {
    case 'otlp':
      return createOtlpExporter(config, destination.url, context);
    case 'events':
      return createEventExporter(
        eventsEncoder(config, hostname()),
        eventSender(config, destination.url, context),
      ) as Exporter;
    default:
      return refusingExporter(productOf(config), 'hint' in destination ? destination.hint : '', context);
  }
}
