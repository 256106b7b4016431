/** A registry of the packed packages: `npm install @telemetryflow/…` as a user types it, before anything is published. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Packed } from './pack.ts';

export interface Registry {
  /** For the environment of npm: our scope comes from here, everything else from where it always does. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function serveRegistry(packed: readonly Packed[]): Promise<Registry> {
  const byName = new Map(packed.map((each) => [each.name, each]));
  const byFile = new Map(packed.map((each) => [path.basename(each.file), each]));
  const server = createServer((request, response) => {
    const wanted = decodeURIComponent(request.url ?? '').slice(1);
    const tarball = byFile.get(wanted);
    const found = byName.get(wanted);
    if (tarball !== undefined) response.end(readFileSync(tarball.file));
    else if (found !== undefined) response.end(JSON.stringify(describe(found, `http://${request.headers.host}`)));
    else response.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // In a file: shells drop variables with an @ in their name. The machine's own settings are the user's and stay.
  const folder = mkdtempSync(path.join(tmpdir(), 'telemetryflow-registry-'));
  const config = path.join(folder, 'npmrc');
  writeFileSync(config, `@telemetryflow:registry=http://127.0.0.1:${port}/\n`);
  return {
    env: { npm_config_globalconfig: config },
    async close() {
      rmSync(folder, { recursive: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What npm asks a registry about a package. */
function describe({ name, file }: Packed, address: string): object {
  const bytes = readFileSync(file);
  const text = execFileSync('tar', ['xzOf', file, 'package/package.json'], { encoding: 'utf8' });
  const manifest = JSON.parse(text) as { readonly version: string };
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const dist = { tarball: `${address}/${path.basename(file)}`, integrity };
  return {
    name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist } },
  };
}
