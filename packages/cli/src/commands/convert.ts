/** `telemetryflow convert`: a configuration of the OpenTelemetry Collector as one of ours. */
import { readFileSync } from 'node:fs';
import { packageNames } from '@telemetryflow/kernel';
import { type ConvertedComponent, convertCollector } from '../convert/collector.ts';
import { formatRemark } from '../convert/remark.ts';
import { SourceError } from '../convert/source.ts';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { agentPlugins } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

/** Prints the configuration, and on the other stream what of it has no counterpart; then the exit code is 1. */
export async function convert(file: string, terminal: Terminal, distro: Distro = {}): Promise<ExitCode> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    terminal.err(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}; check the path.\n`);
    return ExitCode.CONFIG;
  }
  try {
    const { yaml, remarks, components } = convertCollector(text);
    terminal.out(yaml);
    for (const remark of remarks) terminal.err(`${formatRemark(file, remark)}\n`);
    terminal.err(await missing(components, distro));
    if (remarks.length === 0) return ExitCode.OK;
    terminal.err(`${remarks.length === 1 ? 'This was' : `These ${remarks.length} were`} not carried over.\n`);
    return ExitCode.RUNTIME;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    terminal.err(`${file}:${error.line}:${error.column} ${error.message}; give it a Collector configuration.\n`);
    return ExitCode.CONFIG;
  }
}

/** What the configuration names and this command would not find; empty when it would find everything. */
async function missing(components: readonly ConvertedComponent[], distro: Distro): Promise<string> {
  const there = await agentPlugins(distro).installed();
  const lacking = components.filter(
    ({ kind, type }) => !there.some((each) => each.kind === kind && each.type === type),
  );
  if (lacking.length === 0) return '';
  const what = lacking.map(({ kind, type }) => `${kind} ${type}`).join(', ');
  if (distro.components !== undefined) return `Not built in here: ${what}.\n`;
  const packages = lacking.map(({ kind, type }) => packageNames(kind, type)[0]).join(' ');
  return `Not installed here: ${what}. Before it runs: npm install ${packages}\n`;
}
