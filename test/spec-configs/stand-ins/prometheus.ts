import { judgeRemoteWrite, PrometheusHead } from '@telemetryflow/testkit';
import { httpStandIn, type StandIn } from '../stand-in.ts';

const prometheus: StandIn = {
  hosts: ['prometheus:9090'],
  tls: false,
  signals: ['metrics'],
  start: (tls) => {
    const head = new PrometheusHead();
    return httpStandIn((request) => {
      const before = head.samples.length;
      const answer = judgeRemoteWrite(request, { now: Date.now, versions: [1] }, head);
      const received = head.samples
        .slice(before)
        .filter(({ stale }) => !stale)
        .map(({ labels, value }) => ({
          signal: 'metrics' as const,
          id: labels['item_id'],
          name: labels['__name__'] ?? '',
          value,
        }));
      return { answer, received };
    }, tls);
  },
};

export default prometheus;
