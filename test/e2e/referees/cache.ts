/**
 * Where the servers of the end-to-end tests come from: ready binaries named by TELEMETRYFLOW_REFEREES, Debian
 * packages, Maven artifacts and Python environments, each unpacked once into a cache folder.
 * Nothing here is bundled, published or linked: test machinery only.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The folder that survives between runs: TELEMETRYFLOW_CACHE, else a folder in the user's cache. */
export const cacheDir: string =
  process.env['TELEMETRYFLOW_CACHE'] ?? path.join(homedir(), '.cache', 'telemetryflow', 'referees');

/** A fresh folder for one server's data. */
export async function dataDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'telemetryflow-e2e-'));
  await chmod(dir, 0o755);
  return dir;
}

/** Makes `name` in the cache by `make`, which fills a folder that is moved into place only when complete. */
async function once(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const target = path.join(cacheDir, name);
  if (existsSync(target)) return target;
  await mkdir(cacheDir, { recursive: true });
  const building = await mkdtemp(path.join(cacheDir, '.building-'));
  try {
    await make(building);
    await rename(building, target);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** The path of a ready binary (`loki3`, `prometheus3`, `otelcol-referee`, `jaeger-all-in-one`), unpacked; undefined when there is none. */
export async function readyBinary(name: string): Promise<string | undefined> {
  const source = process.env['TELEMETRYFLOW_REFEREES'];
  const packed = source === undefined ? undefined : path.join(source, `${name}.xz`);
  if (packed === undefined || !existsSync(packed)) {
    const cached = path.join(cacheDir, name, name);
    return existsSync(cached) ? cached : undefined;
  }
  const folder = await once(name, async (building) => {
    await run('sh', ['-c', 'xz -dkc "$1" > "$2" && chmod +x "$2"', 'sh', packed, path.join(building, name)]);
  });
  return path.join(folder, name);
}

/** The root of an unpacked Debian package; nothing is installed and no service starts. */
export async function debianPackage(name: string): Promise<string> {
  return once(`deb-${name}`, async (building) => {
    const downloads = path.join(building, '.deb');
    await mkdir(downloads);
    await chmod(downloads, 0o777);
    await run('apt-get', ['-qq', 'download', name], { cwd: downloads });
    for (const file of await readdir(downloads)) await run('dpkg', ['-x', path.join(downloads, file), building]);
    await rm(downloads, { recursive: true });
  });
}

/** One Maven artifact (`group:artifact:version:packaging`), as a file. */
export async function mavenArtifact(coordinates: string, file: string): Promise<string> {
  const folder = await once(`maven-${file}`, async (building) => {
    await run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${coordinates}`, `-DoutputDirectory=${building}`]);
  });
  return path.join(folder, file);
}

/** A folder of jars: the given artifacts and everything they need at run time. */
export async function mavenClasspath(
  name: string,
  artifacts: readonly (readonly [string, string, string])[],
): Promise<string> {
  return once(`maven-${name}`, async (building) => {
    const dependencies = artifacts.map(
      ([group, artifact, version]) =>
        `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
    );
    const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies>${dependencies.join('')}</dependencies></project>`;
    const work = await dataDir();
    await writeFile(path.join(work, 'pom.xml'), pom);
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${building}`];
    await run('mvn', ['-q', '-B', '-f', path.join(work, 'pom.xml'), ...goal], { maxBuffer: 1 << 26 });
    await rm(work, { recursive: true });
  });
}

/** A Python environment with these packages; returns its `bin` folder. */
export async function pythonEnvironment(name: string, packages: readonly string[]): Promise<string> {
  const target = path.join(cacheDir, `venv-${name}`);
  const marker = path.join(target, '.complete');
  if (!existsSync(marker)) {
    await rm(target, { recursive: true, force: true });
    await mkdir(cacheDir, { recursive: true });
    await run('python3', ['-m', 'venv', target]);
    await run(path.join(target, 'bin', 'pip'), ['-q', 'install', ...packages], { maxBuffer: 1 << 26 });
    await writeFile(marker, '');
  }
  return path.join(target, 'bin');
}
