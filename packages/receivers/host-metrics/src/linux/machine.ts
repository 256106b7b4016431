/** The machine this process runs on, or the one whose root is mounted at `rootPath`. */
import { readFile, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from '../measurement.ts';

export function linuxMachine(rootPath: string): Machine {
  const at = (file: string): string => (rootPath === '' ? file : path.join(rootPath, file));
  // Inside a container, /proc/self and /proc/net are the container's own; process 1 shows the host's.
  const hosts = (file: string): string =>
    rootPath === ''
      ? file
      : file.replace(/^\/proc\/(self|net)\//, (_, part) => `/proc/1/${part === 'net' ? 'net/' : ''}`);
  return {
    read: (file) => readFile(at(hosts(file)), 'utf8'),
    statfs: (mountPoint) => statfs(at(mountPoint)),
    monotonic: () => performance.now(),
  };
}
