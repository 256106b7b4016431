/** Reads snapshots of plugins as Instana's serverless acceptor takes them. Not written from the exporter. */
import { parseStrictJson } from './strict-json.ts';

/** A snapshot of a process, the plugin that tracers of every language send. */
export interface InstanaSnapshot {
  readonly name: 'com.instana.plugin.process';
  readonly entityId: string;
  readonly data: InstanaProcess;
}

/** What a snapshot says of the process. */
export interface InstanaProcess {
  readonly pid: number;
  readonly exec: string;
  readonly args?: readonly string[];
  readonly user?: string;
  readonly group?: string;
  readonly container?: string;
  readonly containerType?: string;
  /** Milliseconds since the epoch. */
  readonly start?: number;
  readonly 'com.instana.plugin.host.name': string;
  readonly 'com.instana.plugin.host.pid': string;
  /** Shares of one CPU. */
  readonly cpu?: { readonly user?: number; readonly sys?: number };
  /** Bytes. */
  readonly mem?: { readonly virtual?: number; readonly resident?: number; readonly share?: number };
  readonly openFiles?: { readonly current?: number; readonly max?: number };
}

const TEXTS = /^(exec|user|group|container|containerType|com\.instana\.plugin\.host\.(name|pid))$/;
const SECTIONS: Readonly<Record<string, RegExp>> = {
  cpu: /^(user|sys)$/,
  mem: /^(virtual|resident|share)$/,
  openFiles: /^(current|max)$/,
};

/**
 * The snapshots of a body; throws a sentence about what is wrong with it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type InstanaProcess, type InstanaSnapshot, readInstanaSnapshots } from '@telemetryflow/testkit';
 *
 * const host = { 'com.instana.plugin.host.name': 'web-1', 'com.instana.plugin.host.pid': '7' } as const;
 * const data: InstanaProcess = { pid: 7, exec: '/usr/bin/node', ...host };
 * const plugins = [{ name: 'com.instana.plugin.process', entityId: '7', data }];
 * const [snapshot]: InstanaSnapshot[] = readInstanaSnapshots(Buffer.from(JSON.stringify({ plugins })));
 * assert.deepEqual(snapshot?.data, data);
 * ```
 */
export function readInstanaSnapshots(body: Uint8Array): InstanaSnapshot[] {
  const payload = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(body)) as { plugins?: unknown };
  if (Array.isArray(payload)) throw new Error('The payload is an array.');
  if (typeof payload !== 'object' || payload === null || !Array.isArray(payload.plugins)) {
    throw new Error('The payload has no list of plugins.');
  }
  for (const each of payload.plugins as readonly Partial<InstanaSnapshot>[]) {
    if (each.name !== 'com.instana.plugin.process') throw new Error(`No plugin ${each.name} is known.`);
    if (typeof each.entityId !== 'string' || each.entityId === '') throw new Error('A snapshot without entityId.');
    for (const [name, value] of Object.entries(each.data ?? {})) checkMember(name, value);
    if (String(each.data?.pid) !== each.entityId) throw new Error('The entity is another process.');
  }
  return payload.plugins as InstanaSnapshot[];
}

function checkMember(name: string, value: unknown): void {
  const fields = SECTIONS[name];
  if (fields !== undefined) {
    for (const [field, number] of Object.entries(value as object)) {
      if (!fields.test(field) || typeof number !== 'number') throw new Error(`${name}.${field} is ${number}.`);
    }
  } else if (name === 'pid' || name === 'start') {
    if (!Number.isSafeInteger(value)) throw new Error(`${name} is ${value}.`);
  } else if (name === 'args') {
    if (!Array.isArray(value) || value.some((each) => typeof each !== 'string')) throw new Error('args are no texts.');
  } else if (!TEXTS.test(name) || typeof value !== 'string') {
    throw new Error(`${name} is no member of a process.`);
  }
}
