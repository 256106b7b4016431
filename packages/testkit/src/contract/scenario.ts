/** The form in which scenarios are written, before they become named runs of one signal. */
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { recordsOf } from '../data/items.ts';
import type { MetricOptions } from '../data/metrics.ts';
import type { BackendProfile, Capability, ContractOptions } from './options.ts';
import { type Asked, type Rig, type RigScript, type Ruling, startRig } from './rig.ts';

/** What a scenario's `run` gets. */
export interface Stage<Q, A> {
  readonly options: ContractOptions<Q, A>;
  readonly signal: Signal;
  /** Make a rig whose backend follows `script`, use it, and close it whatever happens. */
  rig(
    script: RigScript<Q, A>,
    use: (rig: Rig<Q, A>) => Promise<void>,
    endpoint?: { readonly tls?: boolean },
  ): Promise<void>;
  /** Plain records of this signal that every backend takes. */
  plain(n: number, options?: MetricOptions): RecordOf[Signal][];
  /** The backend takes the whole request. */
  take(asked: Asked<Q>): Ruling<A>;
  /** The backend refuses the whole request for good. */
  refuse(asked: Asked<Q>): Ruling<A>;
  /** The backend cannot take the request now. */
  defer(asked: Asked<Q>): Ruling<A>;
}

/** One scenario for any protocol, generic in the backend's requests and answers. */
export interface ScenarioTemplate {
  /** A sentence about what the exporter does. */
  readonly name: string;
  /** The capability it needs. */
  readonly needs?: Capability;
  run<Q, A>(stage: Stage<Q, A>): Promise<void>;
}

export function stageFor<Q, A>(options: ContractOptions<Q, A>, signal: Signal): Stage<Q, A> {
  const { backend } = options;
  return {
    options,
    signal,
    async rig(script, use, endpoint) {
      const rig = await startRig(options, signal, script, endpoint);
      try {
        await use(rig);
      } finally {
        await rig.dispose();
      }
    },
    plain: (n, more = {}) => recordsOf(signal, n, { variety: 'plain', ...more }),
    take: ({ request, ids }) => ({ answer: backend.success(request), accepted: ids }),
    refuse: ({ request, ids }) => ({ answer: backend.permanent(request), refused: ids }),
    defer: ({ request }) => ({ answer: backend.transient(request) }),
  };
}

/** Throw when a scenario's own condition does not hold. */
export function must(condition: boolean, message: string): void {
  if (!condition) throw new Error(`The exporter broke the contract: ${message}`);
}

/** What a capability's answer is missing: only reached when the list was built wrongly. */
export function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The backend profile gives no ${what}.`);
  return value;
}

/** What of a request is not data, one line per fact: for HTTP method and path, then the headers. */
export function addressOf<Q, A>(backend: BackendProfile<Q, A>, request: Q): string {
  if (backend.address !== undefined) return backend.address(request);
  const { method, path, headers } = request as { method?: unknown; path?: unknown; headers?: object };
  must(typeof path === 'string' && headers !== undefined, 'requests are not HTTP: the profile must give `address`');
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
  return [`${String(method)} ${String(path)}`, ...lines].join('\n');
}
