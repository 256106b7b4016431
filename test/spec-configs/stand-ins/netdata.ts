import { startOtlpGrpc } from '@telemetryflow/testkit';
import { plainOtlp, readOtlp } from '../read-otlp.ts';
import { httpStandIn, type Received, type RunningStandIn, type StandIn } from '../stand-in.ts';
import { harmless } from '../variables.ts';

/** An Agent makes no more per request, drops the points of the others, and says nothing. */
const NEW_CHARTS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

type Plain = Readonly<Record<string, unknown>>;
const list = (value: unknown): readonly Plain[] => (value as Plain[] | undefined) ?? [];

/** What the points of a request need: an identity each, and how many charts it makes. */
function* chartsOf(request: Plain): Generator<readonly [identity: string, charts: number]> {
  for (const { resource, scopeMetrics } of list(request['resourceMetrics'])) {
    for (const { scope, metrics } of list(scopeMetrics)) {
      for (const { gauge, sum, histogram, summary, name, unit, description } of list(metrics)) {
        for (const [data, charts] of [[gauge ?? sum, 1] as const, [histogram, 4] as const, [summary, 3] as const]) {
          for (const { attributes } of list((data as Plain | undefined)?.['dataPoints'])) {
            yield [JSON.stringify([resource, scope, name, unit, description, attributes]), charts];
          }
        }
      }
    }
  }
}

const netdata: StandIn = {
  // The block names the Cloud, which takes no metrics: they go to the Agent of the machine.
  hosts: ['127.0.0.1:4317'],
  tls: false,
  signals: ['metrics'],
  // Asked whether the token opens the space, and for nothing else.
  besides: {
    hosts: ['api.netdata.cloud:443'],
    tls: true,
    start: (tls) =>
      httpStandIn(({ method, path, headers }) => {
        const asked = `${method} ${path} ${headers['authorization']}`;
        const right = `GET /api/v2/spaces Bearer ${harmless('NETDATA_API_TOKEN')}`;
        if (asked !== right) throw new Error(`${asked} is not ${right}`);
        return { answer: { body: [{ id: harmless('NETDATA_SPACE_ID') }] }, received: [] };
      }, tls),
  },
  async start(): Promise<RunningStandIn> {
    const received: Received[] = [];
    const refused: string[] = [];
    const known = new Set<string>();
    const agent = await startOtlpGrpc(
      ({ message }) => {
        const request = plainOtlp('metrics', message);
        let made = 0;
        for (const [identity, charts] of chartsOf(request)) {
          if (!known.has(identity)) made += charts;
          known.add(identity);
        }
        if (made > NEW_CHARTS) refused.push(`${made} new charts in a request`);
        if (/"exponentialHistogram"/.test(JSON.stringify(request))) refused.push('an exponential histogram');
        received.push(...readOtlp('metrics', message));
        return {};
      },
      { signals: ['metrics'], maxMessage: MAX_BYTES, forgetBodies: true },
    );
    return { port: agent.port, received, refused, close: () => agent.close() };
  },
};

export default netdata;
