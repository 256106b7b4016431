/**
 * References to the environment and to files, inside scalars only.
 *
 *   ${NAME}  ${env:NAME}   the variable; unset is judged later, by the field
 *   ${NAME:-default}       also when the variable is set but empty
 *   ${NAME:?message}       an error with this message when unset or empty
 *   ${file:path}           the file's text, one newline at its end trimmed
 *   $$                     a plain $
 *
 * What comes in is never expanded again and never becomes structure. Nothing is reported here: faults travel with
 * the scalar to where it is used, because a disabled component needs neither variable nor file.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { readFailure } from './read-failure.ts';
import type { ConfigNode, MapEntry, Reference, ScalarNode, SubstitutionFault } from './tree.ts';

const LARGEST_FILE = 64 * 1024;
const VARIABLE = /^(?:env:)?([A-Za-z_]\w*)(?::([-?])([\s\S]*))?$/;

/** The environment as a map of names; `process.env` has this shape. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface SubstituteOptions {
  readonly env: Environment;
  /** What `${file:path}` is relative to. */
  readonly directory: string;
}

type VariableReference = Extract<Reference, { kind: 'variable' }>;

interface Collected {
  readonly references: Reference[];
  readonly values: string[];
  readonly unset: string[];
  readonly faults: SubstitutionFault[];
}

/** The same tree with every reference in its scalars replaced. */
export function substitute(node: ConfigNode, options: SubstituteOptions): ConfigNode {
  if (node.kind === 'scalar') return typeof node.value === 'string' ? substituteScalar(node, options) : node;
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => substitute(item, options)) };
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of node.entries) entries.set(key, { ...entry, value: substitute(entry.value, options) });
  return { ...node, entries };
}

/** The directory that `${file:path}` in this file is relative to. */
export function directoryOf(file: string): string {
  return dirname(resolve(file));
}

function substituteScalar(node: ScalarNode, options: SubstituteOptions): ScalarNode {
  if (!node.text.includes('$')) return node;
  const collected: Collected = { references: [], values: [], unset: [], faults: [] };
  const text = expand(node.text, options, collected);
  const touched = collected.references.length + collected.faults.length > 0;
  if (!touched) return text === node.text ? node : { ...node, value: text, text };
  return { ...node, value: text, text, plain: true, substitution: collected };
}

function expand(text: string, options: SubstituteOptions, collected: Collected): string {
  let out = '';
  let from = 0;
  for (;;) {
    const dollar = text.indexOf('$', from);
    if (dollar < 0) return out + text.slice(from);
    out += text.slice(from, dollar);
    const next = text[dollar + 1];
    if (next === '{') {
      const end = text.indexOf('}', dollar + 2);
      if (end < 0) {
        collected.faults.push({ kind: 'syntax', reason: 'the closing } is missing' });
        return out;
      }
      out += reference(text.slice(dollar + 2, end), options, collected);
      from = end + 1;
    } else {
      out += '$';
      from = dollar + (next === '$' ? 2 : 1);
    }
  }
}

function reference(inner: string, options: SubstituteOptions, collected: Collected): string {
  if (inner.startsWith('file:')) return fileText(inner.slice('file:'.length), options, collected);
  const match = VARIABLE.exec(inner);
  const [, name, operator, operand = ''] = match ?? [];
  if (name === undefined) {
    collected.faults.push({ kind: 'syntax', reason: syntaxReason(inner) });
    return '';
  }
  const own = Object.hasOwn(options.env, name) ? options.env[name] : undefined;
  // Shells set HOSTNAME without exporting it, so a service often does not have it.
  const value = own === undefined && name === 'HOSTNAME' ? hostname() : own;
  const read = (given: VariableReference['given']): number =>
    collected.references.push({ kind: 'variable', name, given });
  if (value !== undefined && (value !== '' || operator === undefined)) {
    if (value !== '') collected.values.push(value);
    read(own === undefined ? 'host' : 'environment');
    return value;
  }
  read(operator === '-' ? 'fallback' : 'nothing');
  if (operator === '-') return operand;
  if (operator === '?') collected.faults.push({ kind: 'unset', variable: name, text: operand || 'it is required' });
  else collected.unset.push(name);
  return '';
}

function fileText(path: string, options: SubstituteOptions, collected: Collected): string {
  collected.references.push({ kind: 'file', path });
  try {
    const text = readCapped(resolve(options.directory, path)).replace(/\r?\n$/, '');
    if (text !== '') collected.values.push(text);
    return text;
  } catch (error) {
    collected.faults.push({ kind: 'file', file: path, reason: readFailure(error) });
    return '';
  }
}

/** Reads no more than the cap and no pipe or device, which could hang or never end. */
function readCapped(path: string): string {
  if (!statSync(path).isFile()) throw new Error('it is not a regular file');
  const buffer = Buffer.alloc(LARGEST_FILE + 1);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    if (length > LARGEST_FILE) throw new Error('it is larger than 64 KiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length));
  } finally {
    closeSync(file);
  }
}

function syntaxReason(inner: string): string {
  if (inner === '') return 'the name between { and } is missing';
  const scheme = /^([a-z]+):(?![-?])/.exec(inner)?.[1];
  if (scheme !== undefined && scheme !== 'env') return `"${scheme}:" is no known source`;
  return 'the name is not a variable name (letters, digits and _)';
}
