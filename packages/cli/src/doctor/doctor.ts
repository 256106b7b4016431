/** Examines every exporter of a configuration: one real item each, and why it did not arrive. */
import type { ProxyEnvironment } from '@telemetryflow/http';
import { type Configured, type ExporterDefinition, type Resolution, Secret } from '@telemetryflow/kernel';
import { deliverItems } from './delivery.ts';
import { diagnose } from './diagnose.ts';
import type { Finding } from './finding.ts';
import { originsOf, type Route, routeTo } from './route.ts';

export interface Examination {
  /** The exporter's id. */
  readonly exporter: string;
  readonly findings: readonly Finding[];
}

export interface DoctorOptions {
  /** Longest time for the items of one exporter, and for each step of the way. */
  readonly timeoutMs: number;
  readonly env: ProxyEnvironment;
  readonly now: () => number;
}

/** One after the other, as exchanges are told apart by time. Texts hold no secrets. */
export async function* examine(resolution: Resolution, options: DoctorOptions): AsyncGenerator<Examination> {
  for (const exporter of resolution.config.exporters.values()) {
    yield { exporter: exporter.id, findings: await findingsOf(exporter, resolution, options) };
  }
}

async function findingsOf(
  exporter: Configured<ExporterDefinition>,
  resolution: Resolution,
  { timeoutMs, env, now }: DoctorOptions,
): Promise<readonly Finding[]> {
  const config = exporter.config as object;
  const nowMs = now();
  const delivery = await deliverItems(exporter, resolution, { nowMs, timeoutMs });
  const routes: Route[] = [];
  for (const origin of originsOf(config, delivery.exchanges)) {
    const route = await routeTo(origin, config, env, timeoutMs);
    if (route !== undefined) routes.push(route);
  }
  const findings = diagnose({ delivery, routes, secrets: secretsOf(config), nowMs });
  return findings.map((finding) => ({ ...finding, what: resolution.secrets.scrub(finding.what) }));
}

/** Paths of the secrets that are set. */
function secretsOf(config: object, prefix = ''): readonly string[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (value instanceof Secret) return value.empty ? [] : [path];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? secretsOf(value, path) : [];
  });
}
