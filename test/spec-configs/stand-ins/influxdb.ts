import { judgeInfluxdb, type StoredInfluxPoint } from '@telemetryflow/testkit';
import { httpStandIn, type Received, type StandIn } from '../stand-in.ts';

const TOKEN = 'influxdb-token';

/** A field per number; `count`, `sum` and the like of points that are more than one. */
function readPoint({ measurement, tags, fields }: StoredInfluxPoint): Received[] {
  return Object.values(fields).map((value) => {
    return { signal: 'metrics', id: tags['item.id'], name: measurement, value: Number(value) };
  });
}

const influxdb: StandIn = {
  hosts: ['influxdb:8086'],
  tls: false,
  signals: ['metrics'],
  env: { INFLUXDB_TOKEN: TOKEN, INFLUXDB_ORG: 'acme' },
  start: (tls) => {
    const types = new Map<string, string>();
    const rules = { version: 2, database: 'telemetryflow', authorization: `Token ${TOKEN}` } as const;
    return httpStandIn((request) => {
      const { answer, stored } = judgeInfluxdb(request, rules, types);
      return { answer, received: stored.flatMap(readPoint) };
    }, tls);
  },
};

export default influxdb;
