/** Two listeners of one configuration on the same port: found before anything is opened. */
import type { Definition } from '../component/definition.ts';
import { type ConfigPath, problem } from '../errors/problem.ts';
import type { DecodeContext } from './decode-context.ts';
import type { Configured } from './resolved.ts';

export interface Listener {
  /** `host:port`. */
  readonly address: string;
  /** For the message, as `receiver "otlp"`. */
  readonly owner: string;
  readonly cx: DecodeContext;
  readonly path: ConfigPath;
}

/** The addresses that a component binds with this configuration. One that throws is reported. */
export function listenersOf(
  { id, definition, config }: Configured<Definition>,
  cx: DecodeContext,
): readonly Listener[] {
  if (definition.kind !== 'receiver' && definition.kind !== 'extension') return [];
  const owner = `${definition.kind} "${id}"`;
  try {
    return (definition.listens?.(config) ?? []).map(({ address, path }) => ({ address, owner, cx, path }));
  } catch (error) {
    const { node, keyPosition } = cx.nearestPlace([]);
    const params = { component: id, reason: error instanceof Error ? error.message : String(error) };
    cx.fail('TFO_ERR_CONFIG_CHECK_FAILED', [], node, { position: keyPosition, params });
    return [];
  }
}

/** Reports every listener whose address an earlier one has taken. Port 0 never clashes. */
export function checkPorts(listeners: readonly Listener[]): void {
  const earlier: { readonly host: string; readonly port: string; readonly owner: string }[] = [];
  for (const { address, owner, cx, path } of listeners) {
    const { host, port } = splitAddress(address);
    if (port === '0' || port === '') continue;
    const clash = earlier.find((other) => other.port === port && sameHost(other.host, host));
    if (clash !== undefined) {
      const { node, exact } = cx.nearestPlace(path);
      const written = exact ? node.path : [...cx.base, ...path];
      const params = { address, other: clash.owner };
      cx.shared.problems.push(problem('TFO_ERR_CONFIG_PORT', { position: node.position, path: written, params }));
    }
    earlier.push({ host, port, owner });
  }
}

/** `host:port` with `localhost` as 127.0.0.1 and without the brackets of IPv6. */
export function splitAddress(address: string): { readonly host: string; readonly port: string } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(0, colon)).replace(/^\[|\]$/g, '');
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: address.slice(colon + 1) };
}

function sameHost(a: string, b: string): boolean {
  return a === b || isWildcard(a) || isWildcard(b);
}

export function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::' || host === '*';
}
