import { ElasticsearchCluster, type StoredDocument } from '@telemetryflow/testkit';
import { httpStandIn, must, type Received, type RunningStandIn, type StandIn } from '../stand-in.ts';

type Fields = Readonly<Record<string, unknown>>;

function read({ index, source }: StoredDocument): Received[] {
  must(/^telemetryflow-\d{4}\.\d{2}\.\d{2}$/.test(index), `a document in ${index}`);
  const id = (source['attributes'] as Fields | undefined)?.['item.id'] as string | undefined;
  const points = source['metrics'] as Fields | undefined;
  if (points === undefined) {
    return [{ signal: 'logs', id, name: '', value: String((source['body'] as Fields | undefined)?.['text']) }];
  }
  return Object.entries(points).map(([name, value]) => ({ signal: 'metrics', id, name, value: Number(value) }));
}

const elasticsearch: StandIn = {
  hosts: ['elasticsearch:9200'],
  tls: true,
  signals: ['metrics', 'logs'],
  async start(tls): Promise<RunningStandIn> {
    const cluster = new ElasticsearchCluster();
    const server = await httpStandIn((request) => {
      const answer = cluster.answer(request);
      must((answer.body as { errors?: boolean } | undefined)?.errors !== true, JSON.stringify(answer.body));
      return { answer, received: [] };
    }, tls);
    return {
      port: server.port,
      get received() {
        return cluster.stored.flatMap(read);
      },
      get refused() {
        // The first look for the exporter's own template finds none.
        return server.refused.filter((why) => !why.startsWith('GET /_index_template/'));
      },
      close: () => server.close(),
    };
  },
};

export default elasticsearch;
