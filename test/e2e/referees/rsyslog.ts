/** Debian 12's rsyslog 8.2302, which writes the fields of every datagram it understands as JSON. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataDir, debianPackage } from './cache.ts';
import { freePort, type Referee, startServer } from './server.ts';

/** A message as rsyslog understood it; the time in RFC 3339. */
export interface SyslogMessage {
  readonly pri: string;
  readonly time: string;
  readonly host: string;
  readonly tag: string;
  readonly message: string;
}

export interface Rsyslog extends Referee {
  /** UDP. */
  readonly port: number;
  /** What it has written so far, in order. */
  received(): readonly SyslogMessage[];
}

const FIELDS = [
  ['pri', 'pri', ''],
  ['time', 'timereported', ' dateFormat="rfc3339"'],
  ['host', 'hostname', ''],
  ['tag', 'syslogtag', ''],
  ['message', 'msg', ''],
] as const;

export async function startRsyslog(): Promise<Rsyslog> {
  const [root, estr, fastjson] = [
    await debianPackage('rsyslog'),
    await debianPackage('libestr0'),
    await debianPackage('libfastjson4'),
  ];
  const dir = await dataDir();
  const port = await freePort();
  const libraries = (folder: string): string => path.join(folder, 'usr/lib/x86_64-linux-gnu');
  const output = path.join(dir, 'messages.jsonl');
  const fields = FIELDS.map(
    ([outname, name, more]) => `property(outname="${outname}" name="${name}" format="jsonf"${more})`,
  );
  const config = `
module(load="${libraries(root)}/rsyslog/imudp.so")
template(name="fields" type="list") { constant(value="{") ${fields.join(' constant(value=",") ')} constant(value="}\\n") }
ruleset(name="remote") { action(type="omfile" file="${output}" template="fields" asyncWriting="off") }
input(type="imudp" address="127.0.0.1" port="${port}" ruleset="remote")
`;
  const file = path.join(dir, 'rsyslog.conf');
  const pid = path.join(dir, 'pid');
  await writeFile(file, config);
  const referee = await startServer({
    name: 'rsyslog',
    version: '8.2302.0',
    url: `udp://127.0.0.1:${port}`,
    dir,
    command: path.join(root, 'usr/sbin/rsyslogd'),
    args: ['-n', '-f', file, '-i', pid, '-M', path.join(libraries(root), 'rsyslog')],
    env: { LD_LIBRARY_PATH: [estr, fastjson].map(libraries).join(':'), TZ: 'UTC' },
    ready: async () => existsSync(pid),
  });
  return {
    ...referee,
    port,
    received() {
      if (!existsSync(output)) return [];
      const lines = readFileSync(output, 'utf8').split('\n');
      lines.pop();
      return lines.map((line) => JSON.parse(line) as SyslogMessage);
    },
  };
}
