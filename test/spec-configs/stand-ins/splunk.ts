import { judgeSplunk, type SplunkEvent } from '@telemetryflow/testkit';
import { httpStandIn, must, type Received, type StandIn } from '../stand-in.ts';

const TOKEN = '11111111-2222-3333-4444-555555555555';

interface Fields {
  readonly [name: string]: unknown;
}

/** The index holds events, so the points of metrics are events, too. */
function read({ event, fields = {}, source, index }: SplunkEvent): Received {
  must(source === 'tfo-agent' && index === 'main', `an event of ${source} in ${index}`);
  const point = event as { readonly name?: string; readonly value?: number; readonly attributes?: Fields };
  if (typeof event !== 'object' || point.name === undefined) {
    return { signal: 'logs', id: fields['item.id'] as string | undefined, name: '', value: String(event) };
  }
  const id = (fields['item.id'] ?? point.attributes?.['item.id']) as string | undefined;
  return { signal: 'metrics', id, name: point.name, value: Number(point.value) };
}

const splunk: StandIn = {
  hosts: ['splunk:8088'],
  tls: true,
  signals: ['metrics', 'logs'],
  env: { SPLUNK_HEC_TOKEN: TOKEN },
  start: (tls) =>
    httpStandIn((request) => {
      const { answer, stored } = judgeSplunk(request, { token: TOKEN });
      return { answer, received: stored.map(read) };
    }, tls),
};

export default splunk;
