/** Whether data can arrive: brokers that answer are not enough, the leaders of the topics must be reachable. */
import { connect } from 'node:net';
import type { HealthcheckResult } from '@telemetryflow/kernel';
import { describe } from './classify.ts';
import { type KafkaConfig, signalsOf, topicOf } from './config.ts';
import { connectOptions } from './connect-options.ts';
import { Connection } from './connection.ts';
import type { Driver } from './driver/port.ts';

const SILENT = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

/** Asks for each topic, and connects to each leader at the address it advertises. */
export async function checkHealth(
  config: KafkaConfig,
  driver: Driver,
  signal: AbortSignal,
): Promise<HealthcheckResult> {
  const connection = new Connection((stop) => driver.connect(connectOptions(config, SILENT), stop));
  const leaders = new Set<string>();
  let topic = '';
  try {
    for (const each of signalsOf(config)) {
      topic = topicOf(config, each);
      const found = await connection.use((client) => client.metadata(topic), signal);
      for (const leader of found.leaders) leaders.add(leader);
    }
  } catch (error) {
    return { ok: false, message: describe(driver.failureOf(error), topic) };
  } finally {
    await connection.close();
  }
  const unreachable = (await Promise.all([...leaders].map((leader) => reachable(leader, signal)))).filter(
    (problem) => problem !== undefined,
  );
  if (unreachable.length === 0) return { ok: true, message: `${leaders.size} leaders reached` };
  return {
    ok: false,
    message: `brokers advertise addresses that cannot be reached from here: ${unreachable.join(', ')}; correct advertised.listeners`,
  };
}

function reachable(address: string, signal: AbortSignal): Promise<string | undefined> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), signal });
    const done = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => done(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => done(`${address} (${error.code ?? error.message})`));
  });
}
