/**
 * Runs the benches, each file in a process of its own, and prints one table of ratios. With names of benches as
 * arguments, only those: `npm run bench -- otlp-codec push`. What was measured is kept in .cache/reports/bench.json,
 * per bench, so that a part can be run again; `--record` puts all of it into docs/reference/performance.md. Exit code 1
 * when a floor is missed or a bench fails.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { figure, HEADER, isShort, line, type Message, type Row, ratioOf } from './suite.ts';

interface Measured {
  readonly date: string;
  readonly rows: readonly Row[];
  readonly notMeasured: readonly string[];
}

/** .cache/reports/bench.json. */
interface Report {
  readonly node: string;
  readonly machine: string;
  readonly benches: Readonly<Record<string, Measured>>;
}

const here = import.meta.dirname;
const reportFile = path.join(here, '../../.cache/reports/bench.json');
const pageFile = path.join(here, '../../docs/reference/performance.md');
const NOT_BENCHES = ['run', 'suite'];

const benches = readdirSync(here)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => !NOT_BENCHES.includes(name));

async function measure(name: string): Promise<Measured & { readonly failed: boolean }> {
  const rows: Row[] = [];
  const gaps: string[] = [];
  const child = fork(path.join(here, `${name}.ts`), [], {
    execArgv: ['--expose-gc', '--conditions=@telemetryflow/source', '--no-warnings'],
  });
  child.on('message', (message: Message) => {
    if ('row' in message) {
      rows.push(message.row);
      console.log(line(message.row));
    } else {
      gaps.push(message.notMeasured);
      console.log(`not measured: ${message.notMeasured}`);
    }
  });
  const [code] = await once(child, 'exit');
  const failed = code !== 0 && !rows.some(isShort);
  if (failed) console.error(`${name}: failed with exit code ${code}`);
  return { date: new Date().toISOString(), rows, notMeasured: gaps, failed };
}

function earlier(): Report['benches'] {
  try {
    return (JSON.parse(readFileSync(reportFile, 'utf8')) as Report).benches;
  } catch {
    return {};
  }
}

function table({ node, machine, benches: measured }: Report): string {
  const rows = Object.entries(measured)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { date, rows: all, notMeasured }]) => [
      ...all.map((row) => {
        const { name: what, ours, peer, unit, floor, goal } = row;
        const aim = goal === undefined ? '' : figure(goal);
        const verdict = isShort(row) ? '**short**' : 'ok';
        const cells = [what, `${figure(ours)} ${unit}`, `${figure(peer)} ${unit}`, ratioOf(row).toFixed(2)];
        return `| ${[...cells, figure(floor), aim, verdict, `${name}, ${date.slice(0, 10)}`].join(' | ')} |`;
      }),
      ...notMeasured.map((why) => `| not measured: ${why} | | | | | | | ${name}, ${date.slice(0, 10)} |`),
    ]);
  const head =
    '| What | Ours | Peer or budget | Ratio | Floor | Goal | | Bench |\n| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |';
  return `Node.js ${node}, ${machine}.\n\n${head}\n${rows.join('\n')}`;
}

function record(report: Report): void {
  const page = readFileSync(pageFile, 'utf8');
  writeFileSync(
    pageFile,
    page.replace(
      /(<!-- bench -->\n)[\s\S]*(\n<!-- \/bench -->)/,
      (_, start, end) => `${start}\n${table(report)}\n${end}`,
    ),
  );
}

async function main(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => arg !== '--record');
  const unknown = names.filter((name) => !benches.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no bench "${unknown.join('", "')}"; there are ${benches.join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  console.log(HEADER);
  const all: (Measured & { readonly failed: boolean })[] = [];
  const kept: Record<string, Measured> = { ...earlier() };
  for (const name of names.length > 0 ? names : benches) {
    console.log(`${name}`);
    const { failed, ...measured } = await measure(name);
    all.push({ ...measured, failed });
    kept[name] = measured;
    const [cpu] = cpus();
    const machine = `${cpus().length} x ${cpu?.model ?? 'unknown CPU'}`;
    mkdirSync(path.dirname(reportFile), { recursive: true });
    const report: Report = { node: process.version, machine, benches: kept };
    writeFileSync(reportFile, `${JSON.stringify(report, null, 2)}\n`);
    if (args.includes('--record')) record(report);
  }
  const rows = all.flatMap((one) => one.rows);
  const short = rows.filter(isShort).length;
  const gaps = all.flatMap((one) => one.notMeasured).length;
  const broken = all.filter((one) => one.failed).length;
  console.log(`${rows.length} measured, ${short} SHORT, ${gaps} not measured, ${broken} failed`);
  process.exitCode = short + broken > 0 ? 1 : 0;
}

await main(process.argv.slice(2));
