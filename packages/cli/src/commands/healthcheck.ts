/** `telemetryflow validate --healthcheck`: asks the backend of every exporter whether it is there and knows us. */
import type { HealthcheckResult, Resolution } from '@telemetryflow/kernel';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

type Exporter = Resolution['config']['exporters'] extends ReadonlyMap<string, infer E> ? E : never;

const TIMEOUT_MS = 10_000;

/**
 * One line per exporter: `ok`, `FAIL`, or `-` where its backend has no cheap check. Nothing is sent but what the
 * check of the exporter needs, and no check takes longer than `timeoutMs`. Ends with 1 when one fails.
 */
export async function healthcheck(
  { config, secrets }: Pick<Resolution, 'config' | 'secrets'>,
  terminal: Terminal,
  timeoutMs: number = TIMEOUT_MS,
): Promise<ExitCode> {
  const exporters = [...config.exporters.values()];
  const width = Math.max(...exporters.map(({ id }) => id.length));
  const results = await Promise.all(exporters.map((exporter) => ask(exporter, timeoutMs)));
  for (const [index, result] of results.entries()) {
    const mark = result === undefined ? '-   ' : result.ok ? 'ok  ' : 'FAIL';
    const message = result?.message ?? 'its backend has no cheap check: the first delivery will tell';
    terminal.out(`${mark} ${exporters[index]?.id.padEnd(width)}  ${secrets.scrub(message)}\n`);
  }
  return results.some((result) => result?.ok === false) ? ExitCode.RUNTIME : ExitCode.OK;
}

async function ask({ definition, config }: Exporter, timeoutMs: number): Promise<HealthcheckResult | undefined> {
  if (definition.healthcheck === undefined) return undefined;
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<HealthcheckResult>((resolve) => {
    signal.addEventListener('abort', () => resolve({ ok: false, message: `no answer within ${timeoutMs / 1000} s` }));
  });
  try {
    return await Promise.race([definition.healthcheck(config, { signal }), late]);
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
