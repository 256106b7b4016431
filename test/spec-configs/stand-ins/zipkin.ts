import { judgeZipkin } from '@telemetryflow/testkit';
import { httpStandIn, type StandIn } from '../stand-in.ts';

const zipkin: StandIn = {
  hosts: ['zipkin:9411'],
  tls: false,
  signals: ['traces'],
  start: (tls) =>
    httpStandIn((request) => {
      const { answer, stored } = judgeZipkin(request);
      const received = stored.map(({ tags = {}, name = '', duration = 0 }) => ({
        signal: 'traces' as const,
        id: tags['item.id'],
        name,
        value: duration / 1000,
      }));
      return { answer, received };
    }, tls),
};

export default zipkin;
