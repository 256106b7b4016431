// Loaded before the service (node --import), so that the instrumentations see its modules load.
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { fromConfig } from '@telemetryflow/sdk';

const telemetry = fromConfig('telemetry.yaml', { flushOnExit: true, metricInterval: 10_000 });
new NodeSDK({ serviceName: 'shop', instrumentations: getNodeAutoInstrumentations(), ...telemetry }).start();
