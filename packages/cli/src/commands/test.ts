/** `telemetryflow test`: given these items, expect these items and these requests at the exporters. */
import { globSync } from 'node:fs';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { readTestFile, TestFileError } from '../pipeline-tests/file.ts';
import { runTestFile, type TestResult } from '../pipeline-tests/run.ts';
import type { Terminal } from '../terminal.ts';

/** Files named, or every `*.test.yaml` of the working directory. Nothing is received and nothing is sent. */
export async function test(files: readonly string[], terminal: Terminal, distro: Distro = {}): Promise<ExitCode> {
  const all = files.length > 0 ? files : globSync('*.test.{yaml,yml}').sort();
  if (all.length === 0) {
    terminal.err('There is no *.test.yaml here; name one, or write telemetry.test.yaml beside telemetry.yaml.\n');
    return ExitCode.USAGE;
  }
  const results: TestResult[] = [];
  for (const file of all) {
    try {
      terminal.out(`${file}\n`);
      for (const result of await runTestFile(readTestFile(file), distro)) {
        results.push(result);
        terminal.out(`  ${result.failures.length === 0 ? 'ok  ' : 'FAIL'} ${result.name}\n`);
        for (const failure of result.failures) terminal.out(`       ${failure}\n`);
      }
    } catch (error) {
      if (!(error instanceof TestFileError)) throw error;
      terminal.err(`${error.message}\n`);
      return ExitCode.CONFIG;
    }
  }
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  terminal.out(`${results.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? ExitCode.OK : ExitCode.RUNTIME;
}
