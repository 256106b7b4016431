/** The resource that the metrics belong to: the host, by the semantic conventions. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: 'x86', arm: 'arm32' };
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };

/** `host.name`, `host.arch`, `os.type`, and `host.id` where the system has a machine id. */
export async function hostAttributes(rootPath: string): Promise<Readonly<Record<string, string>>> {
  const at = (file: string): string => (rootPath === '' ? file : path.join(rootPath, file));
  const id = await readFile(at('/etc/machine-id'), 'utf8').catch(() => '');
  const name = rootPath === '' ? os.hostname() : await readFile(at('/etc/hostname'), 'utf8').catch(() => os.hostname());
  return {
    'host.name': name.trim(),
    ...(id.trim() !== '' && { 'host.id': id.trim() }),
    'host.arch': ARCHITECTURES[process.arch] ?? process.arch,
    'os.type': SYSTEMS[process.platform] ?? process.platform,
  };
}
