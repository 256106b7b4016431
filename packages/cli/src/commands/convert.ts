/** `telemetryflow convert`: a configuration of the OpenTelemetry Collector as one of ours. */
import { readFileSync } from 'node:fs';
import { convertCollector } from '../convert/collector.ts';
import { formatRemark } from '../convert/remark.ts';
import { SourceError } from '../convert/source.ts';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

/** Prints the configuration, and on the other stream what of it has no counterpart; then the exit code is 1. */
export async function convert(file: string, terminal: Terminal): Promise<ExitCode> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    terminal.err(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}; check the path.\n`);
    return ExitCode.CONFIG;
  }
  try {
    const { yaml, remarks } = convertCollector(text);
    terminal.out(yaml);
    for (const remark of remarks) terminal.err(`${formatRemark(file, remark)}\n`);
    if (remarks.length === 0) return ExitCode.OK;
    terminal.err(`${remarks.length === 1 ? 'This was' : `These ${remarks.length} were`} not carried over.\n`);
    return ExitCode.RUNTIME;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    terminal.err(`${file}:${error.line}:${error.column} ${error.message}; give it a Collector configuration.\n`);
    return ExitCode.CONFIG;
  }
}
