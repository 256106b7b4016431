/**
 * A fresh clone works where the machine's own Node is 20, whichever npm installs it. What is committed is tested:
 * the clone is an archive of HEAD.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { root } from './pack.ts';
import { nodeBinary, npmCli } from './toolchain.ts';

const BUILT_IN_BINARY = path.join('node_modules', 'node', 'bin', 'node');
let folder: string;
let clone: string;
let machine: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-clone-'));
  clone = path.join(folder, 'clone');
  mkdirSync(clone);
  const archive = execFileSync('git', ['archive', 'HEAD'], { cwd: root, maxBuffer: 1 << 28 });
  execFileSync('tar', ['x', '-C', clone], { input: archive });
  // All that the clone finds of Node is version 20.
  machine = path.join(folder, 'bin');
  mkdirSync(machine);
  symlinkSync(nodeBinary('20'), path.join(machine, 'node'));
  writeFileSync(path.join(folder, 'telemetry.yaml'), METRICS_OF_THE_HOST);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The environment of a machine with Node 20: what `npm run` and this process add is not there. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_.*|NODE|NODE_OPTIONS|NODE_ENV|INIT_CWD|JEST_.*)$/.test(name),
  );
  return { ...Object.fromEntries(own), PATH: `${machine}:/usr/bin:/bin` };
}

function npm(line: string, args: readonly string[], cwd: string): string {
  const node = path.join(machine, 'node');
  const options = { cwd, env: environment(), encoding: 'utf8', maxBuffer: 1 << 26 } as const;
  const { status, stdout, stderr } = spawnSync(node, [npmCli(line), ...args], options);
  if (status !== 0) throw new Error(`npm ${line} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** `npm start` without its ports, which others may use: `test/e2e/start.test.ts` starts it with them. */
const METRICS_OF_THE_HOST = `
receivers: { host_metrics: { collection_interval: 1s, initial_delay: 0s } }
exporters: { debug: { flush_interval: 100ms } }
`;

/** Runs `npm start` until it has printed this, has ended without, or a minute is over; everything it printed. */
async function start(line: string, until: RegExp): Promise<string> {
  // A group of its own, so that what npm starts ends with it.
  const args = [npmCli(line), 'start', '--', '--config', path.join(folder, 'telemetry.yaml')];
  const child = spawn(path.join(machine, 'node'), args, {
    cwd: clone,
    env: environment(),
    detached: true,
  });
  let output = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const printed = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (until.test(output)) resolve();
      });
    }
  });
  await Promise.race([printed, ended, sleep(60_000, undefined, { ref: false })]);
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
  await ended;
  return output;
}

describe.each([
  ['10', []],
  ['11', []],
  ['12', []],
  ['12', ['--omit=optional']],
] as const)('with npm %s %j', (line, options) => {
  let said: string;

  beforeAll(() => {
    // What an earlier line has fetched is not asked for again; nobody reads the audit.
    said = npm(line, ['ci', '--prefer-offline', '--no-audit', ...options], clone);
  }, 600_000);

  test('the machine has Node 20, and the clone brings its own', () => {
    expect(execFileSync(path.join(machine, 'node'), ['--version'], { encoding: 'utf8' })).toMatch(/^v20\./);
    expect(execFileSync(path.join(clone, BUILT_IN_BINARY), ['--version'], { encoding: 'utf8' })).toMatch(/^v24\./);
  });

  test('npm start shows metrics of the host', async () => {
    expect(await start(line, /^system\.cpu\.utilization .*%/m)).toMatch(/^system\.cpu\.utilization .*%/m);
  });

  if (line === '12') {
    test('npm ran the one install script that is allowed, and refused those of others', () => {
      const refused = said.split('\n').filter((text) => /install-scripts +\S+@\S+ \(/.test(text));
      expect(said).toMatch(/install scripts blocked/);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.join('\n')).not.toMatch(/install-scripts +node@/);
    });
  }
});

test('npm 12 leaves out the runtime where allowScripts does not name it', () => {
  const install = (name: string, allowed: object): boolean => {
    const project = path.join(folder, name);
    mkdirSync(project);
    const manifest = { name, private: true, devDependencies: { node: '24' }, ...allowed };
    writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest));
    npm('12', ['install'], project);
    return existsSync(path.join(project, BUILT_IN_BINARY));
  };
  expect(install('refused', {})).toBe(false);
  expect(install('allowed', { allowScripts: { node: true } })).toBe(true);
});
