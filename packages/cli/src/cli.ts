/** The command line: parsing, exit codes and signals. Each command lives in a file of its own. */
import { adoptBundle, ConfigError } from '@telemetryflow/kernel';
import { Command, CommanderError, Option } from 'commander';
import type { BuildFlags } from './commands/build.ts';
import type { InitFlags } from './commands/init.ts';
import type { Distro } from './distro.ts';
import { ExitCode } from './exit-code.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { cliVersion } from './version.ts';

function configOption(distro: Distro): Option {
  const option = new Option('-c, --config <file>', 'configuration file; give it several times to merge files in order');
  option.argParser((file: string, files: string[] | undefined) => [...(files ?? []), file]);
  return option.default([], distro.builtIn === undefined ? 'none' : 'the built-in configuration');
}

const typesOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((text: string) =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  );

interface ConfigFlags {
  readonly config: readonly string[];
}

/**
 * Runs the command that `argv` names and sets the exit code of the process.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mock } from 'node:test';
 * import { type BuiltIn, type Distro, type DistroComponent, ExitCode, main } from '@telemetryflow/cli';
 * import debug from '@telemetryflow/exporter-debug';
 *
 * const component: DistroComponent = { definition: debug, package: '@telemetryflow/exporter-debug', version: '1.0.0' };
 * const builtIn: BuiltIn = { config: { exporters: { debug: {} } }, welcome: 'Printing what is fed to it.' };
 * const distro: Distro = { name: 'my-agent', version: '1.2.3', components: [component], builtIn };
 * const written = mock.method(process.stdout, 'write', () => true);
 * await main(['node', 'my-agent', 'components'], distro);
 * written.mock.restore();
 * assert.match(String(written.mock.calls[0]?.arguments[0]), /debug/);
 * assert.equal(process.exitCode, ExitCode.OK);
 * ```
 */
export async function main(argv: readonly string[], distro: Distro = {}): Promise<void> {
  process.exitCode = await execute(argv, processTerminal, distro);
}

/** The exit code of the command that `argv` names. */
export async function execute(argv: readonly string[], terminal: Terminal, distro: Distro = {}): Promise<ExitCode> {
  if (distro.bundle !== undefined) adoptBundle(distro.bundle);
  let code: ExitCode = ExitCode.OK;
  const program = createProgram(terminal, distro, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    if (ConfigError.is(error)) {
      terminal.err(`${error.message}\n`);
      return ExitCode.CONFIG;
    }
    throw error;
  }
}

function createProgram(terminal: Terminal, distro: Distro, done: (code: ExitCode) => void): Command {
  const program = new Command(distro.name ?? 'telemetryflow')
    .description(
      distro.description ?? 'An OpenTelemetry pipeline: receives, processes and exports traces, metrics and logs.',
    )
    .version(distro.version ?? cliVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .hook('preAction', (_, command) => {
      const { config } = command.opts<Partial<ConfigFlags>>();
      if (config?.length !== 0 || distro.builtIn !== undefined) return;
      command.error('error: no configuration is built in: name one, as --config telemetry.yaml; `init` writes one', {
        exitCode: ExitCode.USAGE,
      });
    });

  program
    .command('run')
    .description('run until SIGINT or SIGTERM')
    .addOption(configOption(distro))
    .addOption(new Option('--log-format <format>', 'form of log lines').choices(['text', 'json']).default('text'))
    .action(async (flags: ConfigFlags & { logFormat: 'text' | 'json' }) => {
      const [{ run }, { countExternalMemory }] = await Promise.all([
        import('./commands/run.ts'),
        import('./external-memory.ts'),
      ]);
      countExternalMemory();
      const signals = stopSignals(terminal);
      try {
        done(await run({ files: flags.config, logFormat: flags.logFormat, stop: signals.stop }, terminal, distro));
      } finally {
        signals.release();
      }
    });
  program
    .command('validate')
    .description('check a configuration as start would, without starting anything')
    .addOption(configOption(distro))
    .option('--strict', 'treat warnings as errors', false)
    .option(
      '--healthcheck',
      'also ask the backend of every exporter whether it is there and takes the credentials',
      false,
    )
    .action(async (flags: ConfigFlags & { strict: boolean; healthcheck: boolean }) => {
      const { validate } = await import('./commands/validate.ts');
      done(await validate(flags.config, flags, terminal, distro));
    });
  program
    .command('print-config')
    .description('print the configuration as it is understood, secrets redacted')
    .addOption(configOption(distro))
    .addOption(new Option('--format <format>', 'output format').choices(['yaml', 'json']).default('yaml'))
    .option('--origin', 'say of each value which file and line, variable or default it came from', false)
    .action(async (flags: ConfigFlags & { format: 'yaml' | 'json'; origin: boolean }) => {
      const { printConfig } = await import('./commands/print-config.ts');
      done(await printConfig(flags.config, flags, terminal, distro));
    });
  program
    .command('components')
    .description('list the installed components')
    .option('--json', 'print JSON', false)
    .action(async (flags: { json: boolean }) => {
      const { components } = await import('./commands/components.ts');
      done(await components(flags.json, terminal, distro));
    });
  program
    .command('schema')
    .description('print the JSON Schema of configurations, for editors')
    .action(async () => {
      const { schema } = await import('./commands/schema.ts');
      done(await schema(terminal, distro));
    });
  program
    .command('init')
    .description('write a configuration with comments for the components you choose; asks for what no option says')
    .addOption(typesOption('--exporters <types>', 'where telemetry goes, as loki,datadog'))
    .addOption(typesOption('--receivers <types>', 'where it comes from; default otlp,hostmetrics'))
    .addOption(typesOption('--processors <types>', 'what it passes through, in order; default none'))
    .option('-o, --output <file>', 'file to write', 'telemetry.yaml')
    .option('--force', 'overwrite the file', false)
    .action(async (flags: InitFlags) => {
      const { init } = await import('./commands/init.ts');
      done(await init(flags, terminal, distro));
    });
  program
    .command('graph')
    .description('print the pipelines as a Mermaid flowchart')
    .addOption(configOption(distro))
    .action(async (flags: ConfigFlags) => {
      const { graph } = await import('./commands/graph.ts');
      done(await graph(flags.config, terminal, distro));
    });
  program
    .command('doctor')
    .description('send one item to the backend of every exporter, and say why it did not arrive')
    .addOption(configOption(distro))
    .action(async (flags: ConfigFlags) => {
      const { doctor } = await import('./commands/doctor.ts');
      done(await doctor(flags.config, terminal, { distro }));
    });
  program
    .command('test')
    .description('run pipeline tests: *.test.yaml of this folder, or the files named')
    .argument('[files...]', 'files of tests')
    .action(async (files: readonly string[]) => {
      const { test } = await import('./commands/test.ts');
      done(await test(files, terminal, distro));
    });
  program
    .command('convert')
    .description('turn a configuration of the OpenTelemetry Collector into one of TelemetryFlow')
    .argument('<file>', 'the configuration of the Collector')
    .action(async (file: string) => {
      const { convert } = await import('./commands/convert.ts');
      done(await convert(file, terminal, distro));
    });
  program
    .command('build')
    .description('build a distribution from a manifest: an entry file with static imports')
    .argument('<manifest>', 'YAML file that names the distribution and its components')
    .option('--bundle', 'one file that needs only Node.js', false)
    .option('--executable', 'also one executable that needs nothing', false)
    .action(async (file: string, flags: BuildFlags) => {
      const { build } = await import('./commands/build.ts');
      done(await build(file, flags, terminal));
    });
  return program;
}

/** The first SIGINT or SIGTERM asks for an orderly stop, the second ends the process at once. */
function stopSignals(terminal: Terminal): { stop: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      terminal.err(`${signal} again: stopping at once.\n`);
      process.exit(ExitCode.RUNTIME);
    }
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    stop: controller.signal,
    release() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
