/** One instance: OTLP to an Agent, or StatsD, or the one while the other is not there. */
import { checkGrpcHealth, createGrpcExporter, type GrpcExporterTarget, mergeHeaders } from '@telemetryflow/http';
import {
  type Batch,
  type Exporter,
  type ExporterContext,
  type HealthcheckResult,
  type Outcome,
  type Payload,
  partial,
  retry,
  type SendOptions,
  split,
} from '@telemetryflow/kernel';
import { askVersion, speaksOtlp } from './agent-version.ts';
import { KnownCharts } from './charts.ts';
import { checkSpace, verifiesCloud } from './cloud.ts';
import type { NetdataConfig } from './config.ts';
import { MAX_BYTES, type OtlpBody, otlpEncoder } from './encode-otlp.ts';
import { encodeStatsd, maxStatsdAge, type StatsdBody } from './encode-statsd.ts';
import { SpaceWatch } from './space-watch.ts';
import { StatsdSession } from './statsd-session.ts';
import { labelOf, type StatsdSocket, statsdSocket } from './statsd-socket.ts';
import { type Targets, targetsOf } from './target.ts';

/** How payloads travel; what `encode` is told as its mode. */
type Way = 'otlp' | 'statsd';

const NO_AGENT =
  'Netdata Cloud has no metric ingestion API; run a Netdata Agent 2.7 or later that is claimed into the space, and set metrics_endpoint (grpc://agent:4317)';
const LOST_BY_STATSD = 'labels, times and buckets are lost, and values are cut to thousandths';
const PROBE_MS = 300_000;
const DISCOVER_MS = 5000;
/** An Agent makes 1000 charts of StatsD names at most. */
const MANY_CHARTS = 900;

type NetdataBody = OtlpBody | StatsdBody;

export function createExporter(config: NetdataConfig, context: ExporterContext): Exporter<'metrics', NetdataBody> {
  return createExporterTo(targetsOf(config) ?? {}, config, context);
}

/** The same to other destinations than those of the configuration. */
export function createExporterTo(
  targets: Targets,
  config: NetdataConfig,
  context: ExporterContext,
): Exporter<'metrics', NetdataBody> {
  return new NetdataExporter(config, targets, context);
}

class NetdataExporter implements Exporter<'metrics', NetdataBody> {
  readonly #config: NetdataConfig;
  readonly #targets: Targets;
  readonly #context: ExporterContext;
  readonly #encodeOtlp: ReturnType<typeof otlpEncoder>;
  readonly #grpc: Exporter | undefined;
  readonly #socket: StatsdSocket | undefined;
  readonly #session: StatsdSession;
  readonly #charts: KnownCharts;
  readonly #cloud: SpaceWatch | undefined;
  #way: Way;
  #otlpAvailable: boolean;
  #lastProbe = 0;
  #told = false;

  constructor(config: NetdataConfig, targets: Targets, context: ExporterContext) {
    const { otlp, statsd } = targets;
    this.#config = config;
    this.#targets = targets;
    this.#context = context;
    this.#encodeOtlp = otlpEncoder(config);
    this.#otlpAvailable = otlp !== undefined;
    this.#grpc = otlp === undefined ? undefined : createGrpcExporter(() => [], whereTo(config, otlp), context);
    this.#socket = statsd === undefined ? undefined : statsdSocket(statsd, config.statsd.max_udp_bytes);
    this.#session = new StatsdSession(config, { cumulative: otlp !== undefined, startedAtMs: context.clock.now() });
    this.#charts = new KnownCharts(config.max_new_charts_per_request);
    this.#way = otlp === undefined ? 'statsd' : 'otlp';
    this.#cloud = verifiesCloud(config)
      ? new SpaceWatch(context, config.timeout, (signal) => checkSpace(config, signal))
      : undefined;
  }

  encode(batch: Batch<'metrics'>, context: Parameters<Exporter['encode']>[1]) {
    const way = (context.mode as Way | undefined) ?? this.#way;
    return way === 'otlp' ? this.#encodeOtlp(batch, context) : encodeStatsd(batch, context, maxStatsdAge(this.#config));
  }

  async start(): Promise<void> {
    if (this.#targets.discover !== undefined) await this.#discover(this.#targets.discover);
    try {
      await this.#grpc?.start?.();
    } catch (error) {
      // Without the library for gRPC there is still StatsD.
      if (this.#socket === undefined) throw error;
      this.#otlpAvailable = false;
      this.#way = 'statsd';
      this.#tell(error instanceof Error ? error.message : String(error));
    }
    this.#cloud?.start();
  }

  async stop(): Promise<void> {
    await this.#cloud?.stop();
    await this.#grpc?.stop?.();
    this.#socket?.close();
  }

  async send(payload: Payload<NetdataBody>, options: SendOptions): Promise<Outcome> {
    this.#cloud?.show();
    const outcome =
      payload.body.kind === 'otlp'
        ? await this.#sendOtlp(payload as Payload<OtlpBody>, options)
        : await this.#sendStatsd(payload.body, options);
    this.#cloud?.answered(outcome);
    return outcome;
  }

  async #sendOtlp(payload: Payload<OtlpBody>, options: SendOptions): Promise<Outcome> {
    const { charts } = payload.body;
    const at = this.#charts.tooMany(charts);
    if (at !== undefined) {
      return split('too_large', { at, detail: 'more new charts than an Agent makes per request' });
    }
    const outcome = (await this.#grpc?.send(payload, options)) ?? retry('unavailable');
    if (outcome.retry === undefined && outcome.dropped === undefined && outcome.split === undefined) {
      this.#charts.add(charts);
      return outcome;
    }
    if (outcome.retry?.reason !== 'network') return outcome;
    this.#charts.clear();
    if (this.#socket === undefined) return outcome;
    this.#lastProbe = this.#context.clock.now();
    const detail = outcome.retry.detail ?? '';
    this.#tell(detail);
    return { ...retry('network', { afterMs: 0, detail }), mode: 'statsd' satisfies Way };
  }

  async #sendStatsd(body: StatsdBody, { signal }: SendOptions): Promise<Outcome> {
    const { statsd } = this.#targets;
    if (this.#socket === undefined || statsd === undefined) return retry('unavailable');
    const made = this.#session.lines(body, this.#context.clock.now());
    try {
      await this.#socket.write(made.lines.slice(made.sent), signal, (lines) => {
        made.sent += lines;
      });
    } catch (error) {
      if (signal.aborted) return retry(isTimeout(signal.reason) ? 'timeout' : 'shutdown');
      const said = error instanceof Error ? error.message : String(error);
      const detail = `${labelOf(statsd)}: ${said} (${NO_AGENT})`;
      return { ...retry('network', { detail }), ...(this.#otlpAvailable && { mode: 'otlp' satisfies Way }) };
    }
    const mode = (await this.#otlpIsBack(signal)) ? { mode: 'otlp' satisfies Way } : {};
    return {
      ...partial({ ...(made.dropped.length > 0 && { dropped: made.dropped }) }),
      ...mode,
      ...this.#manyCharts(),
    };
  }

  /** Looks for OTLP again from time to time. */
  async #otlpIsBack(signal: AbortSignal): Promise<boolean> {
    const { otlp } = this.#targets;
    const now = this.#context.clock.now();
    if (!this.#otlpAvailable || otlp === undefined || now - this.#lastProbe < PROBE_MS) return false;
    this.#lastProbe = now;
    const { ok } = await checkGrpcHealth(whereTo(this.#config, otlp), 'metrics', signal);
    if (ok) {
      this.#told = false;
      this.#context.logger.info(`an Agent takes OTLP at ${otlp} again`);
    }
    return ok;
  }

  #manyCharts(): { readonly warning?: string } {
    const { charts } = this.#session;
    if (charts < MANY_CHARTS) return {};
    return { warning: `${charts} names in StatsD: an Agent makes 1000 charts at most, and shows no others` };
  }

  #tell(why: string): void {
    if (this.#told) return;
    this.#told = true;
    this.#context.logger.warn(`metrics go by StatsD for now: ${LOST_BY_STATSD}`, { reason: why });
  }

  async #discover(url: string): Promise<void> {
    const { logger } = this.#context;
    const signal = AbortSignal.any([this.#context.signal, AbortSignal.timeout(DISCOVER_MS)]);
    const say = (sentence: string): void => logger.warn('the Agent does not tell its version', { reason: sentence });
    const version = await askVersion(this.#config, url, signal, say);
    if (version === undefined || speaksOtlp(version) !== false) return;
    this.#otlpAvailable = false;
    this.#way = 'statsd';
    this.#tell(`the Agent is ${version}, and takes OTLP from 2.7 on`);
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

function whereTo(config: NetdataConfig, endpoint: string): GrpcExporterTarget {
  return {
    config: { ...config, protocol: 'grpc', encoding: 'proto', max_request_bytes: MAX_BYTES },
    endpoint,
    metadata: mergeHeaders(config.headers),
    options: {},
    load: undefined,
    rules: [],
  };
}

/** An Agent that takes an empty OTLP request, or has a StatsD port; and the space of the token, where configured. */
export async function healthcheck(config: NetdataConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const { otlp, statsd } = targetsOf(config) ?? {};
  const agent = await checkAgent(config, { otlp, statsd }, signal);
  if (!verifiesCloud(config)) return agent;
  const space = await checkSpace(config, signal);
  return { ok: agent.ok && space.ok, message: `${agent.message}; ${space.message}` };
}

async function checkAgent(
  config: NetdataConfig,
  { otlp, statsd }: { readonly otlp: string | undefined; readonly statsd: Targets['statsd'] },
  signal: AbortSignal,
): Promise<HealthcheckResult> {
  let message = NO_AGENT;
  if (otlp !== undefined) {
    try {
      const result = await checkGrpcHealth(whereTo(config, otlp), 'metrics', signal);
      if (result.ok) return result;
      ({ message } = result);
    } catch (error) {
      message = error instanceof Error ? error.message : String(error);
    }
  }
  if (statsd === undefined) return { ok: false, message };
  const socket = statsdSocket(statsd, config.statsd.max_udp_bytes);
  try {
    // An empty line is no metric.
    await socket.write([''], signal, () => undefined);
    return { ok: true, message: `${labelOf(statsd)} takes StatsD` };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `${message}; ${labelOf(statsd)}: ${said} (${NO_AGENT})` };
  } finally {
    socket.close();
  }
}
