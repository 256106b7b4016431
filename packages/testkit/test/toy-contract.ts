/** The contract of the toy, whole or broken. */
import type { ExporterDefinition } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { exporterContract, type Scenario } from '@telemetryflow/testkit';
import { TOKEN, toyBackend } from './toy-exporter.ts';

export function toyContract(
  definition: ExporterDefinition,
  signals: readonly Signal[] = ['traces', 'logs', 'metrics'],
): Scenario[] {
  return exporterContract({
    definition,
    config: ({ url, caFile }) => ({
      endpoint: url,
      token: TOKEN,
      ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
    }),
    backend: toyBackend,
    signals,
    secrets: [TOKEN],
    notApplicable: {
      partial: 'the toy takes all or nothing',
      partialRetry: 'the toy takes all or nothing',
      oversize: 'names are short',
    },
  });
}

/** Run one scenario by a piece of its name; resolves to what it reported, or undefined when it passed. */
export async function reportOf(definition: ExporterDefinition, name: string): Promise<string | undefined> {
  const scenario = toyContract(definition, ['logs']).find((each) => each.name.includes(name));
  if (scenario === undefined) throw new Error(`There is no scenario "${name}".`);
  try {
    await scenario.run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
