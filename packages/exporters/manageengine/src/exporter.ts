/** One instance for one signal, by where the signal goes. */
import { hostname } from 'node:os';
import type { Exporter, ExporterContext } from '@telemetryflow/kernel';
import { createReceiverExporter, createUploadExporter } from './applogs.ts';
import type { ManageengineConfig } from './config.ts';
import { destinationOf, productOf } from './destination.ts';
import { eventsEncoder } from './encode-events.ts';
import { createGatewayExporter } from './gateway.ts';
import { createOtlpExporter } from './otlp.ts';
import { refusingExporter } from './refuse.ts';
import { eventSender } from './send-event.ts';
import { createSyslogExporter } from './syslog.ts';
import { createThresholdExporter } from './thresholds.ts';

export function createExporter(config: ManageengineConfig, context: ExporterContext): Exporter {
  const exporter = exporterFor(config, context);
  if (config.account_id === '') return exporter;
  return {
    ...exporter,
    async start() {
      context.logger.info('account_id is not sent: the key decides whose data it is');
      await exporter.start?.();
    },
  };
}

function exporterFor(config: ManageengineConfig, context: ExporterContext): Exporter {
  const to = destinationOf(config, context.dataSignal);
  switch (to.kind) {
    case 'otlp':
      return createOtlpExporter(config, to.url, context);
    case 'events': {
      const sender = eventSender(config, to.url, context);
      if (context.dataSignal === 'metrics') return createThresholdExporter(config, sender, context);
      return { ...sender, encode: eventsEncoder(config, hostname()) } as Exporter;
    }
    case 'syslog':
      return createSyslogExporter(config, to) as Exporter;
    case 'applogs':
      return createUploadExporter(config, to.url, context);
    case 'receiver':
      return createReceiverExporter(config, to.url, context);
    case 'gateway':
      return createGatewayExporter(config, to.url, context);
    case 'none':
      return refusingExporter(productOf(config), to.hint, context);
  }
}
