/**
 * A declarative configuration file of OpenTelemetry as data: YAML with `${NAME}`, `${env:NAME}` and `${NAME:-default}`
 * in scalars. A replaced text is a scalar again, with the type it reads as; it never becomes structure.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Variables } from './environment.ts';

const REFERENCE = /\$\$|\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Reads a file. Throws with the reason when it cannot be read or is no YAML. */
export function readDeclarative(file: string, variables: Variables): unknown {
  return parseDeclarative(readFileSync(file, 'utf8'), variables);
}

/**
 * The document that a text is.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parseDeclarative } from '@telemetryflow/sdk';
 *
 * const text = 'file_format: "1.0"\ndisabled: ${OFF:-false}\nlog_level: ${env:LEVEL}\n';
 * assert.deepEqual(parseDeclarative(text, { LEVEL: 'warn' }), {
 *   file_format: '1.0',
 *   disabled: false,
 *   log_level: 'warn',
 * });
 * ```
 */
export function parseDeclarative(text: string, variables: Variables): unknown {
  const yaml = loadYaml();
  const document = yaml.parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw error;
  yaml.visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
      const replaced = substitute(node.value, variables);
      node.value = node.type === 'PLAIN' ? plainValue(yaml, replaced) : replaced;
    },
  });
  return document.toJS();
}

function substitute(text: string, variables: Variables): string {
  return text.replace(REFERENCE, (reference, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return reference === '$$' ? '$' : reference;
    const value = variables[name];
    return value === undefined || value === '' ? (fallback ?? '') : value;
  });
}

/** What an unquoted scalar with this text is: a number, a boolean, nothing, or the text. */
function plainValue(yaml: typeof Yaml, text: string): unknown {
  let value: unknown;
  try {
    value = yaml.parse(text, { logLevel: 'silent' });
  } catch {
    return text;
  }
  return typeof value === 'string' || (typeof value === 'object' && value !== null) ? text : value;
}

/** The sdk does not bring the parser along: most services configure in code. */
function loadYaml(): typeof Yaml {
  try {
    return createRequire(import.meta.url)('yaml') as typeof Yaml;
  } catch (cause) {
    throw new Error('a declarative configuration file needs the package yaml: npm install yaml', { cause });
  }
}
