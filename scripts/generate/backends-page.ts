/** The page of all exporters: what each sends, how, and what it needs, from the definitions. */
import type { ExporterDefinition, FieldSchema } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { backendExporters, type OfficialExporter, provenAgainst } from './support-table.ts';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** A section per exporter. */
export async function backendsPage(): Promise<string> {
  return (await backendExporters()).map(section).join('\n\n');
}

function section({ dir, definition }: OfficialExporter): string {
  const { type, aliases = [], description } = definition;
  const also = aliases.length === 0 ? '' : ` Also \`${aliases.join('`, `')}\`.`;
  const list = facts(definition).map((fact) => `- ${fact}`);
  const text = `${description}${also} [Options and mapping](../../${dir}/README.md).`;
  return [`## ${type}`, text, signalTable(definition), list.join('\n')].join('\n\n');
}

function signalTable(definition: ExporterDefinition): string {
  const rows = SIGNALS.flatMap((signal) => {
    const stability = definition.signals[signal];
    if (stability === undefined) return [];
    const proven = provenAgainst(definition.type, signal);
    return [`| ${signal} | ${stability} | ${perSignal(definition.reads)} | ${proven} |`];
  });
  return ['| Signal | Stability | Encoded from | Proven against |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function perSignal(value: unknown): string {
  return typeof value === 'function' ? 'as configured' : String(value);
}

function facts(definition: ExporterDefinition): string[] {
  const { config, temporality, healthcheck } = definition;
  const properties = config.properties as Readonly<Record<string, FieldSchema>>;
  const required = (config.required ?? []) as readonly string[];
  const secrets = Object.keys(properties).filter((name) => 'secret' in (properties[name] ?? {}));
  return [
    `Required: ${required.length === 0 ? 'nothing' : code(required)}.`,
    ...(secrets.length === 0 ? [] : [`Secrets: ${code(secrets)}.`]),
    ...(temporality === undefined || definition.signals.metrics === undefined
      ? []
      : [`Temporality of metrics: ${perSignal(temporality)}.`]),
    `\`validate --healthcheck\`: ${healthcheck === undefined ? 'the backend has no cheap check' : 'yes'}.`,
  ];
}

function code(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
