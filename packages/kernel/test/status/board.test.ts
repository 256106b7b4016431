import { expect, test } from '@jest/globals';
import { fakeClock } from '@telemetryflow/testkit';
import { createStatusBoard, type StatusEvent } from '../../src/status/board.ts';

const START = '2026-11-24T12:00:00.000Z';
const LATER = '2026-11-24T12:00:07.000Z';

function board() {
  const clock = fakeClock(Date.parse(START));
  const status = createStatusBoard(clock);
  const events: StatusEvent[] = [];
  status.subscribe((event) => void events.push(event));
  return { clock, status, events };
}

test('a component is starting until it says otherwise, and shows since when', async () => {
  const { clock, status } = board();
  const reporter = status.reporter('exporter:loki');
  expect(status.current().components).toEqual({ 'exporter:loki': { state: 'starting', since: START } });
  await clock.advance(7000);
  reporter.recoverable('sending fails', new Error('ECONNREFUSED'));
  expect(status.current().components['exporter:loki']).toEqual({
    state: 'recoverable',
    since: LATER,
    message: 'sending fails: ECONNREFUSED',
  });
});

test('repeated trouble shows the newest message and keeps since; listeners hear of changes of state only', async () => {
  const { clock, status, events } = board();
  const reporter = status.reporter('exporter:loki');
  reporter.recoverable('first');
  await clock.advance(7000);
  reporter.recoverable('second');
  expect(status.current().components['exporter:loki']).toEqual({
    state: 'recoverable',
    since: START,
    message: 'second',
  });
  expect(events.map(({ status: { state } }) => state)).toEqual(['recoverable']);
  reporter.ok();
  expect(status.current().components['exporter:loki']).toEqual({ state: 'ok', since: LATER });
});

test('permanent trouble leaves only by stopping, and what is stopped stays stopped', () => {
  const { status } = board();
  const reporter = status.reporter('receiver:otlp');
  const state = () => status.current().components['receiver:otlp']?.state;
  reporter.permanent('cannot heal');
  reporter.ok();
  expect(state()).toBe('permanent');
  status.set('receiver:otlp', 'stopping');
  reporter.recoverable('late');
  expect(state()).toBe('stopping');
  status.set('receiver:otlp', 'stopped');
  reporter.ok();
  expect(state()).toBe('stopped');
});

test('a component with several instances shows the worst of them', () => {
  const { status } = board();
  const logs = status.reporter('exporter:loki', 'logs');
  const traces = status.reporter('exporter:loki', 'traces');
  const state = () => status.current().components['exporter:loki']?.state;
  logs.ok();
  expect(state()).toBe('starting');
  status.started('exporter:loki');
  expect(state()).toBe('ok');
  traces.recoverable('x');
  logs.ok();
  expect(state()).toBe('recoverable');
  traces.ok();
  expect(state()).toBe('ok');
});

test('a running pipeline shows the state of its worst component', () => {
  const { status, events } = board();
  const reporter = status.reporter('exporter:loki');
  status.started('exporter:loki');
  status.setPipeline('ok');
  expect(status.current().state).toBe('ok');
  reporter.recoverable('sending fails');
  expect(status.current().state).toBe('recoverable');
  expect(events.at(-1)).toMatchObject({
    component: 'pipeline',
    status: { state: 'recoverable', message: 'exporter:loki: sending fails' },
  });
  reporter.ok();
  expect(status.current().state).toBe('ok');
  status.setPipeline('stopping');
  reporter.recoverable('late');
  expect(status.current().state).toBe('stopping');
});

test('a listener that throws harms nobody, and an ended subscription hears nothing', () => {
  const { status, events } = board();
  const end = status.subscribe(() => {
    throw new Error('listener');
  });
  const reporter = status.reporter('exporter:a');
  reporter.ok();
  end();
  reporter.recoverable('x');
  expect(events.length).toBe(2);
});
