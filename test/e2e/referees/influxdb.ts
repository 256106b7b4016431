/** InfluxDB 1.6 of Debian 12, with users; what it stored is read by InfluxQL. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataDir, debianPackage } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

export const USER = 'adm';
export const PASSWORD = 'pw';
const AUTHORIZATION = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

/** A running server. */
export interface InfluxDb extends Referee {
  /** Runs InfluxQL that reads or changes; the rows of its series. */
  query(text: string, database?: string): Promise<InfluxSeries[]>;
}

/** A series of an answer; times are nanoseconds, exact only as far as JSON numbers are. */
export interface InfluxSeries {
  readonly name: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** `maxBody` bytes is what it takes of a body. */
export async function startInfluxDb(maxBody = 25_000_000): Promise<InfluxDb> {
  const root = await debianPackage('influxdb');
  const dir = await dataDir();
  const [http, rpc] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const config = `
reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
dir = "${dir}/meta"
[data]
dir = "${dir}/data"
wal-dir = "${dir}/wal"
[http]
bind-address = "127.0.0.1:${http}"
auth-enabled = true
max-body-size = ${maxBody}
[monitor]
store-enabled = false
`;
  await writeFile(path.join(dir, 'influxdb.conf'), config);
  const referee = await startServer({
    name: 'influxdb',
    version: '1.6.7',
    url,
    dir,
    command: path.join(root, 'usr/bin/influxd'),
    args: ['run', '-config', path.join(dir, 'influxdb.conf')],
    ready: () => answers(`${url}/ping`),
  });
  const query = async (text: string, database = ''): Promise<InfluxSeries[]> => {
    const parameters = new URLSearchParams({ q: text, epoch: 'ns', db: database });
    const response = await fetch(`${url}/query?${parameters}`, {
      method: 'POST',
      headers: { authorization: AUTHORIZATION },
    });
    const { results = [], error } = JSON.parse(
      (await response.text()).replaceAll(/(?<=[[,])(\d{16,})(?=[,\]])/g, '"$1"'),
    ) as {
      readonly results?: readonly { readonly series?: readonly InfluxSeries[]; readonly error?: string }[];
      readonly error?: string;
    };
    const failed = error ?? results.find((each) => each.error !== undefined)?.error;
    if (failed !== undefined) throw new Error(`${text}: ${failed}`);
    return results.flatMap(({ series = [] }) => series);
  };
  await query(`CREATE USER ${USER} WITH PASSWORD '${PASSWORD}' WITH ALL PRIVILEGES`);
  return { ...referee, query };
}
