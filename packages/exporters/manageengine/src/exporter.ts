/** One instance for one signal, by where the signal goes. */
import { hostname } from 'node:os';
import type { Batch, Encoded, Exporter, ExporterContext } from '@telemetryflow/kernel';
import type { ManageengineConfig } from './config.ts';
import { destinationOf, productOf } from './destination.ts';
import { createGatewayExporter } from './gateway.ts';
import { eventsEncoder } from './opmanager/encode-events.ts';
import { eventSender } from './opmanager/send-event.ts';
import { createSyslogExporter } from './opmanager/syslog.ts';
import { createThresholdExporter } from './opmanager/thresholds.ts';
import { createOtlpExporter } from './otlp.ts';
import { createReceiverExporter, createUploadExporter } from './site24x7/applogs.ts';

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

/** For what `product` takes nothing of: each item is counted as dropped, and the health tells. `hint` is what can be done. */
function refusingExporter(product: string, hint: string, context: ExporterContext): Exporter {
  const { dataSignal: signal, logger, status } = context;
  const detail = `unsupported_by_product: ${product} has no ingestion API for ${signal}`;
  return {
    *encode(batch: Batch): Generator<Encoded> {
      if (batch.count > 0) yield { dropped: { from: 0, to: batch.count }, reason: 'unsupported', detail };
    },
    async start() {
      logger.warn(`${product} has no ingestion API for ${signal}: all of them are dropped and counted`, {
        product,
        signal,
        hint,
      });
      status.recoverable(`${signal} unsupported by ${product}: ${hint}`);
    },
    async send() {
      throw new Error('nothing is encoded, so nothing can be sent');
    },
  };
}
