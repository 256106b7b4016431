/**
 * The steps of a Dockerfile taken on this machine, without Docker: what the image holds, and what a container starts.
 * It knows what our Dockerfiles use and throws at anything else; users, ports and base images it only reads.
 */
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { runToEnd } from './example.ts';
import { npmCli } from './toolchain.ts';

/** The image of the last stage. */
export interface Image {
  /** The working directory, on this machine. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** ENTRYPOINT and CMD. */
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly user: string;
  readonly ports: readonly number[];
}

interface Stage {
  readonly root: string;
  workdir: string;
  readonly env: Record<string, string>;
  entrypoint: readonly string[];
  cmd: readonly string[];
  healthcheck: readonly string[];
  user: string;
  ports: readonly number[];
}

/** The image `node:24-slim`: the line of its npm. */
const BASE = 'node:24-slim';
const NPM = '11';

/** Builds `context`/Dockerfile, each stage in a folder of its own below `folder`; `env` is for what RUN starts. */
export async function buildImage(context: string, folder: string, env: NodeJS.ProcessEnv): Promise<Image> {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const line of readFileSync(path.join(context, 'Dockerfile'), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, instruction = '', rest = ''] = /^([A-Z]+) (.*[^\\])$/.exec(line) ?? [];
    if (instruction === 'FROM') {
      const [image, , name = 'last'] = rest.split(' ');
      if (image !== BASE) throw new Error(`a base image of which nothing is known here: ${image}`);
      stage = newStage(path.join(folder, name));
      stages.set(name, stage);
      continue;
    }
    if (stage === undefined) throw new Error(`before any FROM: ${line}`);
    await take(stage, instruction, rest, { context, stages, env });
  }
  if (stage === undefined) throw new Error('no FROM');
  return { ...stage, dir: onDisk(stage, '.'), command: [...stage.entrypoint, ...stage.cmd] };
}

function newStage(root: string): Stage {
  mkdirSync(root, { recursive: true });
  return { root, workdir: '/', env: {}, entrypoint: [], cmd: [], healthcheck: [], user: 'root', ports: [] };
}

interface Build {
  readonly context: string;
  readonly stages: ReadonlyMap<string, Stage>;
  readonly env: NodeJS.ProcessEnv;
}

async function take(stage: Stage, instruction: string, rest: string, build: Build): Promise<void> {
  switch (instruction) {
    case 'WORKDIR':
      stage.workdir = rest;
      mkdirSync(onDisk(stage, '.'), { recursive: true });
      return;
    case 'COPY':
      copy(stage, rest.split(' '), build);
      return;
    case 'RUN':
      await run(stage, rest.split(' '), build.env);
      return;
    case 'ENV':
      for (const [name = '', value = ''] of rest.split(' ').map((each) => each.split('='))) stage.env[name] = value;
      return;
    case 'USER':
      stage.user = rest;
      return;
    case 'EXPOSE':
      stage.ports = rest.split(' ').map(Number);
      return;
    case 'HEALTHCHECK':
      stage.healthcheck = JSON.parse(rest.replace(/^CMD /, '')) as string[];
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = JSON.parse(rest) as string[];
      return;
    case 'CMD':
      stage.cmd = JSON.parse(rest) as string[];
      return;
    default:
      throw new Error(`unknown here: ${instruction} ${rest}`);
  }
}

/** Where a path of the image is on this machine. */
function onDisk({ root, workdir }: Stage, file: string): string {
  return path.join(root, path.posix.resolve('/', workdir, file));
}

function copy(stage: Stage, words: readonly string[], { context, stages }: Build): void {
  const from = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
  const origin = from === undefined ? undefined : stages.get(from);
  if (from !== undefined && origin === undefined) throw new Error(`no stage is called ${from}`);
  const [target = '', ...sources] = words.slice(from === undefined ? 0 : 1).reverse();
  for (const source of sources) {
    const file = origin === undefined ? path.join(context, source) : onDisk(origin, source);
    // The contents of a folder, but a file by its name.
    const into = statSync(file).isFile() && target.endsWith('/') ? path.join(target, path.basename(file)) : target;
    cpSync(file, onDisk(stage, into), { recursive: true });
  }
}

async function run(stage: Stage, [program, ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (program !== 'npm') throw new Error(`RUN ${program} is unknown here`);
  const command = [npmCli(NPM), ...args];
  const { status, said } = await runToEnd(process.execPath, command, onDisk(stage, '.'), { ...env, ...stage.env });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}:\n${said}`);
}
