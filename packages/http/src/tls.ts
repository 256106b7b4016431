/** TLS options of a client: from configuration to what node:tls takes. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Problem } from '@telemetryflow/kernel';

/** The `tls` block. Files are PEM. */
export interface TlsConfig {
  readonly ca_file?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  /** Name for SNI and for checking the certificate, where it differs from the host of the URL. */
  readonly server_name?: string | undefined;
  readonly min_version?: '1.2' | '1.3' | undefined;
  readonly skip_verify?: boolean | undefined;
  /** No TLS: only agrees with http endpoints. */
  readonly insecure?: boolean | undefined;
}

/** What an `https.Agent` is given. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly rejectUnauthorized?: boolean;
}

function present(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/** Reads the files. Throws what the file system throws; {@link checkTls} has said so before, with a position. */
export function loadTls(config: TlsConfig | undefined): TlsOptions {
  if (config === undefined) return {};
  return {
    ...(present(config.ca_file) && { ca: readFileSync(config.ca_file, 'utf8') }),
    ...(present(config.cert_file) && { cert: readFileSync(config.cert_file, 'utf8') }),
    ...(present(config.key_file) && { key: readFileSync(config.key_file, 'utf8') }),
    ...(present(config.server_name) && { servername: config.server_name }),
    ...(config.min_version !== undefined && { minVersion: `TLSv${config.min_version}` as const }),
    ...(config.skip_verify === true && { rejectUnauthorized: false }),
  };
}

/**
 * Opens the files, pairs certificate and key, and warns once about an unverified connection.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkTls, type TlsConfig } from '@telemetryflow/http';
 *
 * const tls: TlsConfig = { cert_file: 'missing.pem', skip_verify: true };
 * const problems = checkTls(tls);
 * const at = problems.map(({ path }) => path.join('.'));
 * assert.deepEqual(at, ['tls.cert_file', 'tls.cert_file', 'tls.skip_verify']);
 * assert.equal(problems[1]?.message, 'cert_file without key_file');
 * ```
 */
export function checkTls(config: TlsConfig | undefined, path: readonly (string | number)[] = ['tls']): Problem[] {
  if (config === undefined) return [];
  const problems: Problem[] = [];
  const pem: { ca?: string; cert?: string; key?: string } = {};
  for (const part of ['ca', 'cert', 'key'] as const) {
    const key = `${part}_file` as const;
    const file = config[key];
    if (!present(file)) continue;
    try {
      pem[part] = readFileSync(file, 'utf8');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      problems.push({ path: [...path, key], message: `cannot read ${file} (${code})`, hint: fileHint(code) });
    }
  }
  if (present(config.cert_file) !== present(config.key_file)) {
    const missing = present(config.cert_file) ? 'key_file' : 'cert_file';
    const given = present(config.cert_file) ? 'cert_file' : 'key_file';
    problems.push({ path: [...path, given], message: `${given} without ${missing}`, hint: `add ${missing}` });
  } else if (problems.length === 0) {
    problems.push(...checkPem(pem, path));
  }
  if (config.skip_verify === true) {
    problems.push({
      path: [...path, 'skip_verify'],
      severity: 'warning',
      message: 'the server certificate is not verified: anyone on the path can read and change what is sent',
      hint: 'name the authority that signed it with tls.ca_file instead',
    });
  }
  return problems;
}

function checkPem(
  pem: { readonly ca?: string; readonly cert?: string; readonly key?: string },
  path: readonly (string | number)[],
): Problem[] {
  const problems: Problem[] = [];
  if (pem.ca !== undefined && !pem.ca.includes('-----BEGIN')) {
    // createSecureContext takes any text as a CA without complaint, and then trusts nobody.
    problems.push({ path: [...path, 'ca_file'], message: 'the file holds no PEM certificate' });
  }
  if (pem.cert === undefined || pem.key === undefined) return problems;
  try {
    createSecureContext({ cert: pem.cert, key: pem.key });
  } catch (error) {
    problems.push({
      path: [...path, 'cert_file'],
      message: `cert_file and key_file cannot be used together (${(error as Error).message})`,
      hint: 'both must be PEM, and the key must belong to the certificate',
    });
  }
  return problems;
}

function fileHint(code: string): string {
  if (code === 'ENOENT') return 'check the path; relative paths start at the working directory';
  if (code === 'EACCES') return 'let the user that runs the pipeline read it';
  return 'name a readable PEM file';
}
