/** Apache Kafka 4.1 in KRaft mode: one broker, or a cluster of three whose nodes can be stopped and started. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { dataDir, mavenClasspath } from './cache.ts';
import { freePort } from './server.ts';

const run = promisify(execFile);
const VERSION = '4.1.1';
const JVM = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];

export interface KafkaCluster {
  readonly version: string;
  /** `host:port` of every node's plaintext listener. */
  readonly brokers: readonly string[];
  /** Stops one node and waits until its process is gone. */
  stopNode(index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts a stopped node on its old data. */
  startNode(index: number): Promise<void>;
  createTopic(
    name: string,
    options?: { partitions?: number; replicas?: number; config?: Record<string, string> },
  ): Promise<void>;
  log(index: number): string;
  stop(): Promise<void>;
}

interface Node {
  readonly dir: string;
  readonly port: number;
  process: ChildProcess | undefined;
}

/** Starts `size` nodes, each broker and controller. Replication factors follow the size. */
export async function startKafka(size: 1 | 3 = 1): Promise<KafkaCluster> {
  const jars = await mavenClasspath('kafka', [
    ['org.apache.kafka', 'kafka-tools', VERSION],
    ['org.apache.kafka', 'kafka_2.13', VERSION],
    ['org.slf4j', 'slf4j-simple', '1.7.36'],
  ]);
  const java = [...JVM, '-cp', `${jars}/*`];
  const root = await dataDir();
  const nodes: Node[] = [];
  const controllers: number[] = [];
  for (let i = 0; i < size; i++) {
    nodes.push({ dir: path.join(root, `node-${i + 1}`), port: await freePort(), process: undefined });
    controllers.push(await freePort());
  }
  const voters = controllers.map((port, i) => `${i + 1}@127.0.0.1:${port}`).join(',');
  const { stdout } = await run('java', [...java, 'kafka.tools.StorageTool', 'random-uuid']);
  const clusterId = stdout.trim().split('\n').at(-1) ?? '';
  for (const [i, node] of nodes.entries()) {
    await mkdir(node.dir, { recursive: true });
    await writeFile(path.join(node.dir, 'server.properties'), properties(i, node, controllers[i] ?? 0, voters, size));
    await run('java', [
      ...java,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      `${node.dir}/server.properties`,
    ]);
  }
  const launch = (node: Node): void => {
    const fd = openSync(path.join(node.dir, 'log'), 'a');
    node.process = spawn('java', [...java, 'kafka.Kafka', `${node.dir}/server.properties`], {
      stdio: ['ignore', fd, fd],
    });
    closeSync(fd);
  };
  const at = (index: number): Node => {
    const node = nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  };
  const stopNode = async (index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const child = at(index).process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await gone;
    clearTimeout(killer);
  };
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((_, i) => stopNode(i, 'SIGKILL')));
    await rm(root, { recursive: true, force: true });
  };
  const brokers = nodes.map((node) => `127.0.0.1:${node.port}`);
  try {
    for (const node of nodes) launch(node);
    for (const node of nodes) await listening(node);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    version: VERSION,
    brokers,
    stopNode,
    async startNode(index) {
      launch(at(index));
      await listening(at(index));
    },
    async createTopic(name, options = {}) {
      const config = Object.entries(options.config ?? {}).flatMap(([key, value]) => ['--config', `${key}=${value}`]);
      const shape = [
        '--partitions',
        String(options.partitions ?? 1),
        '--replication-factor',
        String(options.replicas ?? size),
      ];
      const command = ['--bootstrap-server', brokers.join(','), '--create', '--topic', name, ...shape, ...config];
      await run('java', [...java, 'org.apache.kafka.tools.TopicCommand', ...command]);
    },
    log: (index) => readFileSync(path.join(at(index).dir, 'log'), 'utf8'),
    stop,
  };
}

function properties(index: number, node: Node, controllerPort: number, voters: string, size: number): string {
  const isr = size === 1 ? 1 : 2;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    'controller.quorum.voters': voters,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': `${node.dir}/data`,
    'auto.create.topics.enable': false,
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'min.insync.replicas': isr,
    'offsets.topic.replication.factor': size,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': size,
    'transaction.state.log.min.isr': isr,
    'transaction.state.log.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

async function listening(node: Node): Promise<void> {
  const end = Date.now() + 90_000;
  while (Date.now() < end) {
    if (node.process?.exitCode !== null) break;
    if (await canConnect(node.port)) return;
    await sleep(200);
  }
  throw new Error(`Kafka did not start:\n${readFileSync(path.join(node.dir, 'log'), 'utf8').slice(-3000)}`);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
