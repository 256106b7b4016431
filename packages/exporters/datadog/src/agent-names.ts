/**
 * Operation, resource and type of a span, by the rules that the Agent has for spans of OpenTelemetry, so that data of
 * both ways meets. Source: `pkg/trace/traceutil/otel_util.go` of DataDog/datadog-agent, its second version.
 */

import type { AttributeMap } from '@telemetryflow/otlp';

/** The first of these attributes that the span has, or else its resource, as text; `''` for none. */
export type Lookup = (...names: readonly string[]) => string;

/** Kinds as the records have them. */
const SERVER = 1;
const CLIENT = 2;
/** Words of Datadog for the kinds; its tag `span.kind` has the same. */
export const KINDS: readonly string[] = ['internal', 'server', 'client', 'producer', 'consumer'];

const HTTP_METHOD = ['http.request.method', 'http.method'];
const DB_SYSTEM = ['db.system', 'db.system.name'];
const DB_STATEMENT = ['db.statement', 'db.query.text'];
const MESSAGING_OPERATION = ['messaging.operation', 'messaging.operation.type', 'messaging.operation.name'];
const MESSAGING_DESTINATION = ['messaging.destination', 'messaging.destination.name'];

const DB_TYPES: ReadonlyMap<string, string> = new Map([
  ...[
    'other_sql mssql microsoft.sql_server mysql oracle oracle.db db2 ibm.db2 postgresql redshift aws.redshift',
    'cloudscape hsqldb maxdb sap.maxdb ingres firstsql edb cache firebird firebirdsql derby informix ibm.informix',
    'mariadb sqlite sybase teradata vertica h2 h2database coldfusion cockroachdb progress hanadb sap.hana interbase',
    'filemaker instantdb netezza ibm.netezza pervasive pointbase clickhouse',
  ].flatMap((names) => names.split(' ').map((name) => [name, 'sql'] as const)),
  ...['cassandra', 'redis', 'memcached', 'mongodb', 'elasticsearch', 'opensearch'].map((name) => [name, name] as const),
]);

const CONVENTIONS: ReadonlySet<string> = new Set([
  ...[...HTTP_METHOD, ...DB_SYSTEM, ...MESSAGING_OPERATION, 'messaging.system', 'rpc.system', 'rpc.system.name'],
  ...['rpc.method', 'faas.invoked_provider', 'faas.trigger', 'graphql.operation.type', 'network.protocol.name'],
  ...['operation.name', 'resource.name', 'span.type'],
]);

/** Whether any of these attributes says more about a span than its name and kind do. */
export function hasConvention(attributes: AttributeMap): boolean {
  for (const key in attributes) if (CONVENTIONS.has(key)) return true;
  return false;
}

/** What is done, as `http.server.request`: the name of the span at Datadog. */
export function operationOf(kind: number, look: Lookup): string {
  const lower = (...names: readonly string[]): string => look(...names).toLowerCase();
  const named = lower('operation.name');
  if (named !== '') return named;
  const side = kind === SERVER ? 'server' : kind === CLIENT ? 'client' : '';
  if (side !== '' && look(...HTTP_METHOD) !== '') return `http.${side}.request`;
  const database = lower(...DB_SYSTEM);
  if (database !== '' && kind === CLIENT) return `${database}.query`;
  const [system, operation] = [lower('messaging.system'), lower(...MESSAGING_OPERATION)];
  if (system !== '' && operation !== '' && kind !== 0) return `${system}.${operation}`;
  const rpc = lower('rpc.system', 'rpc.system.name');
  if (rpc === 'aws-api' && kind === CLIENT) return `aws.${lower('rpc.service') || 'client'}.request`;
  if (rpc !== '' && side !== '') return `${rpc}.${side}.request`;
  const [provider, invoked] = [lower('faas.invoked_provider'), lower('faas.invoked_name')];
  if (provider !== '' && invoked !== '' && kind === CLIENT) return `${provider}.${invoked}.invoke`;
  const trigger = lower('faas.trigger');
  if (trigger !== '' && kind === SERVER) return `${trigger}.invoke`;
  if (look('graphql.operation.type') !== '') return 'graphql.server.request';
  const protocol = lower('network.protocol.name');
  if (side !== '') return protocol === '' ? `${side}.request` : `${protocol}.${side}.request`;
  return KINDS[kind] ?? 'internal';
}

/** What it is done to, as `GET /items/{id}`; `name` where no convention says more than the name of the span. */
export function resourceOf(name: string, kind: number, look: Lookup): string {
  const with2 = (first: string, second: string): string => (second === '' ? first : `${first} ${second}`);
  const named = look('resource.name');
  if (named !== '') return named;
  const method = look(...HTTP_METHOD);
  if (method !== '') {
    return with2(method === '_OTHER' ? 'HTTP' : method, kind === SERVER ? look('http.route') : '');
  }
  const operation = look(...MESSAGING_OPERATION);
  if (operation !== '') return with2(operation, look(...MESSAGING_DESTINATION));
  const rpc = look('rpc.method');
  if (rpc !== '') return with2(rpc, look('rpc.service'));
  const graphql = look('graphql.operation.type');
  if (graphql !== '') return with2(graphql, look('graphql.operation.name'));
  return (look(...DB_SYSTEM) !== '' && look(...DB_STATEMENT)) || name;
}

/** The kind of thing that was done, as `web` or `sql`. */
export function typeOf(kind: number, look: Lookup): string {
  const named = look('span.type');
  if (named !== '') return named;
  if (kind === SERVER) return 'web';
  if (kind !== CLIENT) return 'custom';
  const database = look(...DB_SYSTEM).toLowerCase();
  return database === '' ? 'http' : (DB_TYPES.get(database) ?? 'db');
}
