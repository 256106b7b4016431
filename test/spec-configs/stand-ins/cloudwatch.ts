import { type BackendOptions, fakeCloudwatch } from '@telemetryflow/testkit';
import { fakeStandIn, type Received, type RunningStandIn, type StandIn } from '../stand-in.ts';

const LOG_GROUP = '/tfo-agent/logs';

const cloudwatch: StandIn = {
  hosts: ['monitoring.us-west-2.amazonaws.com:443', 'logs.us-west-2.amazonaws.com:443'],
  tls: true,
  signals: ['metrics'],
  switchedOff: {
    signals: ['logs'],
    block: {
      region: 'us-west-2',
      namespace: 'TelemetryFlow',
      log_group: LOG_GROUP,
      log_stream: 'host-1',
      metrics: false,
      logs: true,
      batch_size: 100,
    },
  },
  env: {
    AWS_REGION: 'us-west-2',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
  async start(tls): Promise<RunningStandIn> {
    const start = (options: BackendOptions) => fakeCloudwatch(Date.now, options);
    const { fake: service, ...standIn } = await fakeStandIn(start, () => [], tls);
    return {
      ...standIn,
      get received() {
        const datums = service.datums.map(
          ({ MetricName, Dimensions = [], Value, Values, StatisticValues }): Received => ({
            signal: 'metrics',
            id: Dimensions.find(({ Name }) => Name === 'item.id')?.Value,
            name: MetricName,
            value: Value ?? Values?.[0] ?? StatisticValues?.Sum ?? Number.NaN,
          }),
        );
        const events = service.events(LOG_GROUP, 'host-1').map(({ message }): Received => {
          const { body, attributes } = JSON.parse(message) as { body: string; attributes: Record<string, string> };
          return { signal: 'logs', id: attributes['item.id'], name: '', value: body };
        });
        return [...datums, ...events];
      },
      // Groups and streams are made once their absence has been noticed.
      get refused() {
        return standIn.refused.filter((why) => !why.includes('ResourceNotFoundException'));
      },
    };
  },
};

export default cloudwatch;
