/** The id of a request: the same in every attempt, another one for every part of a batch. */
import { crc32 } from 'node:zlib';

/**
 * `msg_<batch id>-<check sum of the content>`. The parts a batch is cut into share the batch's id, so the content
 * tells them apart; nothing in it changes between attempts.
 */
export function messageId(batchId: string, content: string | Uint8Array): string {
  return `msg_${batchId.replace(/[^\w-]/g, '_')}-${crc32(content).toString(16).padStart(8, '0')}`;
}
