/** From what happened to what is wrong and how to mend it. Pure. */
import type { Delivery } from './delivery.ts';
import { type Finding, fault, fine } from './finding.ts';
import type { Route } from './route.ts';

export interface Evidence {
  readonly delivery: Delivery;
  readonly routes: readonly Route[];
  /** Names of the options that hold secrets and are set. */
  readonly secrets: readonly string[];
  /** This machine's time when the items were sent. */
  readonly nowMs: number;
}

/** Clocks apart by more than this make signatures and age limits fail. */
const MAX_SKEW_MS = 60_000;

/** What answers say where a name in the configuration is wrong. */
const WRONG_TARGET: readonly (readonly [RegExp, string, string])[] = [
  [/index_not_found|no such index|incorrect index/i, 'index', 'create the index, or correct the option that names it'],
  [
    /UNKNOWN_TOPIC|does not host this topic|unknown topic/i,
    'topic',
    'create the topic, or correct topic, logs_topic or traces_topic',
  ],
  [
    /no org id|unknown tenant|invalid tenant|tenant.*not (found|exist)/i,
    'tenant',
    'set tenant_id to a tenant that is there',
  ],
  [/bucket .*not found|could not find bucket/i, 'bucket', 'create the bucket, or correct bucket'],
  [/database .*not found/i, 'database', 'create the database, or correct database'],
  [/organization .*not found|project.*not found/i, 'project', 'correct the organization or project'],
  [/log group does not exist|ResourceNotFoundException/i, 'log group', 'create it, or set create_log_group: true'],
];
const WRONG_REGION =
  /scoped to a valid region|wrong region|another region|different region|other region|not.* in this region|\bother site\b|another site/i;
const NOT_GRPC = /no gRPC there|Protocol error|HTTP\/1|ECONNRESET|Parse Error|unexpected.*preface|socket hang up/i;
const NOT_HTTP = /not HTTP\/1\.1|HPE_|Parse Error|socket hang up|ECONNRESET/i;

/** The most telling faults first; all is well when every finding is ok. */
export function diagnose(evidence: Evidence): readonly Finding[] {
  const { delivery } = evidence;
  const clock = clockOf(evidence);
  const refused = Object.values(delivery.refused).reduce((sum, count) => sum + count, 0);
  if (refused === 0) {
    return [fine('item', `${delivery.delivered} delivered (${delivery.signals.join(', ')})`), ...clock];
  }
  const causes = [...onTheWay(evidence), ...inTheAnswer(evidence)];
  const explained = causes.length > 0 ? causes : otherProtocol(evidence);
  return [...(explained.length > 0 ? explained : [unexplained(delivery)]), ...clock];
}

function clockOf({ delivery, nowMs }: Evidence): readonly Finding[] {
  const times = delivery.exchanges.flatMap(({ serverTimeMs }) => (serverTimeMs === undefined ? [] : [serverTimeMs]));
  const [first] = times;
  if (first === undefined) return [];
  const skew = nowMs - first;
  const amount = `${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'ahead of' : 'behind'} the backend's`;
  return Math.abs(skew) > MAX_SKEW_MS
    ? [fault('clock', `this machine's clock is ${amount}`, 'set the clock by NTP')]
    : [];
}

function onTheWay({ routes, delivery }: Evidence): readonly Finding[] {
  return routes.flatMap((route): readonly Finding[] => {
    const { origin, proxy, reached, tlsAnswers } = route;
    const host = new URL(origin).host;
    if (proxy !== undefined) return proxyFault(route, delivery);
    switch (reached.at) {
      case 'dns':
        return [
          fault(
            'dns',
            `there is no host ${new URL(origin).hostname} (${reached.code})`,
            'correct the host in endpoint',
          ),
        ];
      case 'tcp':
        return [
          fault(
            'connection',
            `nothing answers on ${host} (${reached.code})`,
            'check host and port, that the backend runs, and firewalls',
          ),
        ];
      case 'tls':
        return [tlsFault(host, reached.code, reached.validTo)];
      default:
        return tlsAnswers
          ? [fault('protocol', `${host} speaks TLS, and is written with http://`, 'write https:// in endpoint')]
          : [];
    }
  });
}

function proxyFault({ proxy, reached }: Route, { exchanges }: Delivery): readonly Finding[] {
  const fix = 'correct the option proxy, or HTTPS_PROXY and HTTP_PROXY; NO_PROXY lists hosts to reach directly';
  if (reached.at !== 'end') return [fault('proxy', `the proxy ${proxy} cannot be reached (${reached.code})`, fix)];
  if (exchanges.some(({ status }) => status === 407))
    return [
      fault(
        'proxy',
        `the proxy ${proxy} wants credentials (407)`,
        'write them into the proxy URL, as http://user:password@host:port',
      ),
    ];
  return exchanges.some(({ status }) => status !== undefined)
    ? []
    : [fault('proxy', `nothing comes back through the proxy ${proxy}`, fix)];
}

function tlsFault(host: string, code: string, validTo: string | undefined): Finding {
  if (code === 'CERT_HAS_EXPIRED') {
    const what = `the certificate of ${host} has expired${validTo === undefined ? '' : ` on ${validTo}`}`;
    return fault('tls', what, 'have the certificate renewed');
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return fault('tls', `the certificate of ${host} is for another name`, 'correct the host, or set tls.server_name');
  if (/SELF_SIGNED|UNABLE_TO/.test(code)) {
    const what = `the certificate of ${host} is self-signed, or signed by an authority that is not known here (${code})`;
    return fault('tls', what, 'set tls.ca_file to the PEM file of that authority');
  }
  if (/EPROTO|WRONG_VERSION|PACKET_LENGTH|ECONNRESET/.test(code))
    return fault(
      'protocol',
      `${host} does not speak TLS, and is written with https://`,
      'write http:// in endpoint, or the port for TLS',
    );
  return fault('tls', `no TLS connection to ${host} (${code})`, 'check the options under tls');
}

function inTheAnswer({ delivery, secrets }: Evidence): readonly Finding[] {
  const { exchanges, said, refused } = delivery;
  const text = said.join('\n');
  const found: Finding[] = [];
  const target = WRONG_TARGET.find(([pattern]) => pattern.test(text));
  const statuses = exchanges.map(({ status }) => status);
  const denied = statuses.find((status) => status === 401 || status === 403);
  if (target !== undefined) {
    found.push(fault('target', `the backend does not know this ${target[1]}: ${lastLine(said)}`, target[2]));
  } else if (WRONG_REGION.test(text)) {
    found.push(
      fault('region', `the backend of another region is meant: ${lastLine(said)}`, 'correct region, site or endpoint'),
    );
  } else if (denied !== undefined || 'auth' in refused || /UNAUTHENTICATED|PERMISSION_DENIED/.test(text)) {
    const options = secrets.length === 0 ? 'credentials' : secrets.join(', ');
    found.push(
      fault(
        'credentials',
        `the backend does not take the credentials${denied === undefined ? '' : ` (${denied})`}`,
        `check ${options}, and what the key is allowed to do`,
      ),
    );
  }
  const twice = exchanges.find(({ path, status }) => status !== undefined && status >= 400 && repeats(path));
  if (twice !== undefined)
    found.push(
      fault('path', `the path is there twice: ${twice.path}`, 'take it out of endpoint: the exporter adds it'),
    );
  return found;
}

/** The last part of a path follows itself: `/v1/traces/v1/traces`. */
function repeats(path: string): boolean {
  return /(\/[^?]{3,})\1(?=$|[?])/.test(path);
}

/** A server that answers, only not in the protocol it is spoken to. */
function otherProtocol({ delivery: { exchanges, said }, routes }: Evidence): readonly Finding[] {
  const text = said.join('\n');
  const host = routes.map(({ origin }) => new URL(origin).host).join(', ');
  const ports = 'OTLP over HTTP is on 4318, over gRPC on 4317: correct the port';
  if (exchanges.length === 0) {
    return NOT_GRPC.test(text)
      ? [fault('protocol', `${host} answers in another protocol than gRPC`, `${ports}, or take the exporter otlp_http`)]
      : [];
  }
  return NOT_HTTP.test(text) && exchanges.every(({ status }) => status === undefined)
    ? [
        fault(
          'protocol',
          `${host} answers in another protocol than HTTP/1.1`,
          `${ports}, or take the exporter otlp_grpc`,
        ),
      ]
    : [];
}

function unexplained({ refused, said }: Delivery): Finding {
  const reasons = Object.entries(refused).map(([reason, count]) => `${count} ${reason}`);
  return fault('item', `not delivered (${reasons.join(', ')}): ${lastLine(said)}`, 'see the README of the exporter');
}

function lastLine(said: readonly string[]): string {
  return (said.at(-1) ?? 'no word from the backend').split('\n', 1)[0] ?? '';
}
