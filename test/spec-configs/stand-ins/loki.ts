import { judgeLokiPush } from '@telemetryflow/testkit';
import { httpStandIn, must, type StandIn } from '../stand-in.ts';

const loki: StandIn = {
  hosts: ['loki:3100'],
  tls: false,
  signals: ['logs'],
  start: (tls) =>
    httpStandIn((request) => {
      const { answer, stored } = judgeLokiPush(request, { now: Date.now });
      must(
        stored.every(({ labels }) => labels['job'] === 'tfo-agent'),
        'a stream without the label of the block',
      );
      const received = stored.map(({ metadata, line }) => ({
        signal: 'logs' as const,
        id: metadata.find(([name]) => name === 'item_id')?.[1],
        name: '',
        value: line,
      }));
      return { answer, received };
    }, tls),
};

export default loki;
