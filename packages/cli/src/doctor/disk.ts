/** Whether there is room where this process and its logs write. */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type Finding, fault, fine } from './finding.ts';

/** Less is called full: 64 MiB. */
const ENOUGH_BYTES = 64 * 1024 * 1024;

/** Free bytes of the file system of a folder. */
export type FreeBytes = (folder: string) => number;

export function checkDisk(
  folders: readonly string[] = [process.cwd(), tmpdir()],
  free: FreeBytes = freeBytes,
): Finding {
  for (const folder of folders) {
    const bytes = free(folder);
    if (bytes < ENOUGH_BYTES) {
      const what = `the disk of ${folder} is full: ${Math.floor(bytes / 1024 / 1024)} MiB are free`;
      return fault('disk', what, 'make room, or move the folder to another disk');
    }
  }
  return fine('disk', `there is room in ${folders.join(' and ')}`);
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
