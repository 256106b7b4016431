/** The text of a new configuration: commented YAML for the components that were chosen. Pure. */
import type { ConfiguredPipeline, Definition } from '@telemetryflow/kernel';
import { componentLines } from './component-lines.ts';
import type { StarterVariable } from './variables.ts';

export interface StarterChoice {
  readonly definition: Definition;
  /** Named for its reference. */
  readonly package: string | undefined;
}

export interface StarterOptions {
  /** In the order in which they are written. */
  readonly components: readonly StarterChoice[];
  /** Left out when empty: then every exporter gets all it takes. */
  readonly pipelines: readonly Pick<ConfiguredPipeline, 'id' | 'receivers' | 'processors' | 'exporters'>[];
  /** Path of the JSON Schema from the configuration's folder. */
  readonly schemaFile: string;
}

export interface StarterConfig {
  readonly text: string;
  /** Each once, in order of appearance. */
  readonly variables: readonly StarterVariable[];
}

const KINDS: readonly Definition['kind'][] = ['receiver', 'processor', 'connector', 'exporter', 'extension'];

export function starterConfig({ components, pipelines, schemaFile }: StarterOptions): StarterConfig {
  const variables = new Map<string, StarterVariable>();
  const sections = KINDS.flatMap((kind) => {
    const chosen = components.filter(({ definition }) => definition.kind === kind);
    if (chosen.length === 0) return [];
    const section = `${kind}s`;
    const blocks = chosen.flatMap((choice, index) => {
      const block = componentLines(choice.definition, section, choice.package);
      for (const variable of block.variables) {
        if (!variables.has(variable.name)) variables.set(variable.name, variable);
      }
      return [...(index === 0 ? [] : ['']), ...block.lines.map((line) => `  ${line}`)];
    });
    return ['', `${section}:`, ...blocks];
  });
  const extensions = components.filter(({ definition }) => definition.kind === 'extension');
  const service = serviceLines(
    pipelines,
    extensions.map(({ definition }) => definition.type),
  );
  const found = [...variables.values()];
  const lines = [
    `# yaml-language-server: $schema=${schemaFile}`,
    '# TelemetryFlow configuration. After a change, `telemetryflow validate` tells what is wrong with it.',
    ...variableLines(found),
    ...sections,
    ...service,
  ];
  return { text: `${lines.join('\n')}\n`, variables: found };
}

function variableLines(variables: readonly StarterVariable[]): readonly string[] {
  const needed = variables.filter(({ fallback }) => fallback === undefined);
  const settable = variables.filter(({ fallback }) => fallback !== undefined);
  const list = (title: string, each: readonly StarterVariable[]): readonly string[] =>
    each.length === 0 ? [] : ['#', `# ${title}`, ...each.map(variableLine)];
  return [
    ...list('Set these environment variables before the start:', needed),
    ...list('These have a default, which may not be yours:', settable),
  ];
}

function variableLine({ name, fallback, path, description }: StarterVariable): string {
  const given = fallback === undefined || fallback === '' ? '' : ` (${fallback})`;
  return `#   ${name}${given}: ${path}. ${description}`.trimEnd();
}

function serviceLines(pipelines: StarterOptions['pipelines'], extensions: readonly string[]): readonly string[] {
  const flows = pipelines.flatMap(({ id, receivers, processors, exporters }) => [
    `    ${id}:`,
    `      receivers: [${receivers.join(', ')}]`,
    ...(processors.length === 0 ? [] : [`      processors: [${processors.join(', ')}]`]),
    `      exporters: [${exporters.join(', ')}]`,
  ]);
  return [
    '',
    'service:',
    ...(extensions.length === 0 ? [] : [`  extensions: [${extensions.join(', ')}]`]),
    ...(flows.length === 0 ? [] : ['  # What flows where.', '  pipelines:', ...flows]),
    '  # Metrics about this agent, for Prometheus to scrape.',
    '  telemetry:',
    '    metrics:',
    '      level: normal  # none, basic, normal or detailed',
    '      # address: 127.0.0.1:8888',
  ];
}
