/** What `GET /` says about a cluster; some servers answer it with an error, and nothing is known then. */
import type { HttpResult } from '@telemetryflow/http';

export interface ClusterInfo {
  /** `undefined`: the server does not say. */
  readonly opensearch: boolean | undefined;
  /** For people: `Elasticsearch 8.19.2`. */
  readonly name: string;
  /** True for an Elasticsearch known to be of this version or a later one. */
  atLeast(major: number, minor: number): boolean;
}

export function readInfo(result: HttpResult): ClusterInfo {
  if (result.kind === 'failure') return info(undefined, '', '');
  const elastic = result.headers['x-elastic-product'] === 'Elasticsearch' ? false : undefined;
  if (result.status !== 200) return info(elastic, '', '');
  let version: { number?: unknown; distribution?: unknown; build_flavor?: unknown } | undefined;
  try {
    ({ version } = JSON.parse(Buffer.from(result.body).toString('utf8')) as { version?: typeof version });
  } catch {
    return info(elastic, '', '');
  }
  const number = typeof version?.number === 'string' ? version.number : '';
  const flavor = typeof version?.build_flavor === 'string' ? version.build_flavor : '';
  if (number === '') return info(elastic, '', flavor);
  return info(version?.distribution === 'opensearch', number, flavor);
}

function info(opensearch: boolean | undefined, version: string, flavor: string): ClusterInfo {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return {
    opensearch,
    name: `${opensearch === true ? 'OpenSearch' : 'Elasticsearch'} ${version}`.trim(),
    // Serverless is always the latest, whatever number it gives.
    atLeast: (wantedMajor, wantedMinor) =>
      opensearch === false &&
      (flavor === 'serverless' || major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)),
  };
}
