/** The standard that every exporter meets, so that none falls behind: which tests it has, and what they run against. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { FAULT_CELLS } from '@telemetryflow/testkit';
import { officialExporters } from '../../scripts/generate/support-table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const types = (await officialExporters()).map(({ definition }) => definition.type).sort();
/** The blocks of the specification: nineteen backends and a webhook. */
const specified = globSync('test/spec-configs/configs/*.yaml', { cwd: root })
  .map((file) => file.replace(/^.*\/|\.yaml$/g, ''))
  .sort();

const PRINTS = 'it prints: there is no backend, no socket and no answer';

/** What an exporter lacks for good, with the reason. */
const EXCUSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  debug: { answers: PRINTS, contract: PRINTS, faults: PRINTS, fake: PRINTS, 'soak adapter': PRINTS },
};

function dirOf(type: string): string {
  return `packages/exporters/${type.replaceAll('_', '-')}/test`;
}

function textOf(path: string): string {
  return existsSync(`${root}/${path}`) ? readFileSync(`${root}/${path}`, 'utf8') : '';
}

const contractOf = (type: string): string => textOf(`${dirOf(type)}/contract.test.ts`);

/** Each with what shows it in the files. */
const STANDARD: Readonly<Record<string, (type: string) => boolean>> = {
  /** A table of statuses and bodies, and a fuzz of the reader, for each API of the backend. */
  answers(type) {
    const texts = globSync(`${dirOf(type)}/classify*.test.ts`, { cwd: root }).map(textOf);
    return texts.length > 0 && texts.every((text) => /test\.each/.test(text) && /fc\.assert/.test(text));
  },
  configuration: (type) => existsSync(`${root}/${dirOf(type)}/config.test.ts`),
  contract: (type) => contractOf(type).includes('exporterContract('),
  /** The whole matrix: no phases or faults are picked. */
  faults(type) {
    const text = contractOf(type);
    return (
      /runFaultMatrix\(/.test(text) && text.includes('toHaveLength(FAULT_CELLS)') && !/phases:|faults: \[/.test(text)
    );
  },
  /** A profile of the testkit, which is strict. */
  fake: (type) =>
    /(PROFILE|Profile\()/.test(contractOf(type)) && !/const backend: BackendProfile/.test(contractOf(type)),
  'pairwise data': (type) =>
    globSync(`${dirOf(type)}/*.ts`, { cwd: root }).some((file) => textOf(file).includes('corpus(')),
  'soak adapter': (type) => existsSync(`${root}/test/soak/adapters/${type}.ts`),
};

describe.each(types)('%s has', (type) => {
  test.each(Object.keys(STANDARD))('%s', (item) => {
    const excused = EXCUSED[type]?.[item] !== undefined;
    // An excuse that is needed no more has to go.
    expect({ item, met: STANDARD[item]?.(type) }).toEqual({ item, met: !excused });
  });
});

describe('every block of the specification has an exporter, a stand-in and an end-to-end test:', () => {
  test.each(specified)('%s', (type) => {
    expect(types).toContain(type);
    expect(existsSync(`${root}/test/spec-configs/stand-ins/${type}.ts`)).toBe(true);
    expect(existsSync(`${root}/test/e2e/${type}.test.ts`)).toBe(true);
  });
});

/** Encoders that benchmarks import from elsewhere than the entry of the exporter. */
const ENCODER: Readonly<Record<string, string>> = {
  kafka: '../../packages/exporters/kafka/src/encode.ts',
  prometheus: '@telemetryflow/remote-write',
};

describe('a benchmark measures the encoder of', () => {
  const benches = globSync('test/bench/*.ts', { cwd: root }).map(textOf);

  test.each(specified)('%s', (type) => {
    const from = `from '${ENCODER[type] ?? `@telemetryflow/exporter-${type}`}'`;
    const imports = benches.filter((text) => text.includes(from));
    expect(imports).not.toEqual([]);
  });
});

test('the exporters of the specification meet 640 broken sockets', () => {
  const run = specified.filter((type) => STANDARD['faults']?.(type) === true);
  expect(run.length * FAULT_CELLS).toBe(640);
  // Cells that do not apply are in the table with their reason; these say so.
  const partly = specified.filter((type) => /notApplicable: \{[^}]*\btls:/.test(contractOf(type)));
  expect(partly).toEqual(['cloudwatch']);
});
