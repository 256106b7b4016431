/** An exporter for what a product takes no data of: each item is counted as dropped, and the health tells. */
import type { Batch, Encoded, Exporter, ExporterContext } from '@telemetryflow/kernel';

/** `product` takes nothing of this signal; `hint` is what can be done about it. */
export function refusingExporter(product: string, hint: string, context: ExporterContext): Exporter {
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
