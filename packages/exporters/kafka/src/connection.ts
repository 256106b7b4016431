/**
 * The client in use, and its replacement. A client that hung, lost its state or looked at old metadata is retired: it
 * takes no more work, and is closed when the last of its sends has ended, because closing a client with sends in
 * flight rejects what the brokers store.
 */
import type { ProducerDriver } from './driver/port.ts';

interface Lease {
  readonly driver: ProducerDriver;
  users: number;
  retired: boolean;
}

/** A client, or one that is still connecting. */
interface Opening {
  readonly lease: Promise<Lease>;
  readonly giveUp: AbortController;
}

export class Connection {
  readonly #connect: (signal: AbortSignal) => Promise<ProducerDriver>;
  #current: Opening | undefined;
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  /**
   * `connect` makes a client, and stops doing so when its signal is aborted; it is called again after the one before
   * was retired or could not connect.
   */
  constructor(connect: (signal: AbortSignal) => Promise<ProducerDriver>) {
    this.#connect = connect;
  }

  /**
   * Do something with the client, connecting first where needed. Rejects with the signal's reason as soon as it is
   * aborted; the client is then retired, as something in it hangs.
   */
  async use<T>(work: (driver: ProducerDriver) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const lease = await this.#leased(signal);
    lease.users++;
    try {
      return await untilAborted(work(lease.driver), signal);
    } catch (error) {
      if (signal.aborted) this.#retire(lease);
      throw error;
    } finally {
      lease.users--;
      if (lease.retired && lease.users === 0) this.#dispose(lease.driver);
    }
  }

  /** Take a new client for whatever comes next, unless this one has been replaced already. */
  renew(driver: ProducerDriver): void {
    this.#current?.lease.then(
      (lease) => {
        if (lease.driver === driver) this.#retire(lease);
      },
      () => undefined,
    );
  }

  /** Close every client; sends must have ended or been given up. */
  async close(): Promise<void> {
    this.#closed = true;
    const current = this.#current;
    this.#current = undefined;
    current?.giveUp.abort();
    const lease = await current?.lease.catch(() => undefined);
    if (lease !== undefined) this.#dispose(lease.driver);
    await Promise.all(this.#closing);
  }

  async #leased(signal: AbortSignal): Promise<Lease> {
    const opening = this.#current ?? this.#open();
    try {
      return await untilAborted(opening.lease, signal);
    } catch (error) {
      // Nobody waits for a client that took too long to connect.
      if (this.#current === opening) this.#current = undefined;
      opening.giveUp.abort();
      throw error;
    }
  }

  #open(): Opening {
    const giveUp = new AbortController();
    const lease = this.#connect(giveUp.signal).then((driver) => {
      const made = { driver, users: 0, retired: giveUp.signal.aborted || this.#closed };
      if (made.retired) this.#dispose(driver);
      return made;
    });
    lease.catch(() => undefined);
    this.#current = { lease, giveUp };
    return this.#current;
  }

  #retire(lease: Lease): void {
    if (lease.retired) return;
    lease.retired = true;
    this.#current = undefined;
    if (lease.users === 0) this.#dispose(lease.driver);
  }

  #dispose(driver: ProducerDriver): void {
    const closing = driver.close().catch(() => undefined);
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }
}

/** The promise, or the signal's reason when that comes first; a later rejection of the promise is nobody's. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
