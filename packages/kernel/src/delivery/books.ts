/** Books what becomes of items in delivery: the ledger, the work they belong to, the log and the hooks. */
import type { Reason } from '../component/reason.ts';
import type { DeliveryHooks } from './hooks.ts';
import type { ItemLedger } from './ledger.ts';
import type { Report } from './report.ts';
import type { Work } from './work.ts';

/** The items themselves are at fault: sending them again would end the same way. */
const FINAL: ReadonlySet<Reason> = new Set<Reason>([
  'invalid',
  'too_large',
  'too_old',
  'unsupported',
  'unconverted',
  'rejected',
  'filtered',
  'sampled',
  'bug',
]);

export class Books {
  readonly ledger: ItemLedger;
  readonly #report: Report;
  readonly #hooks: DeliveryHooks;

  constructor(ledger: ItemLedger, report: Report, hooks: DeliveryHooks) {
    this.ledger = ledger;
    this.#report = report;
    this.#hooks = hooks;
  }

  deliver(work: Work, items: number): void {
    if (items === 0) return;
    work.items -= items;
    this.ledger.deliver(items);
  }

  drop(work: Work, items: number, reason: Reason, detail: string | undefined): void {
    if (items === 0) return;
    work.items -= items;
    if (!FINAL.has(reason)) work.undelivered = true;
    this.ledger.drop(items, reason);
    this.#tell(items, reason, detail);
  }

  dropQueued(items: number, reason: Reason, detail: string): void {
    if (items === 0) return;
    this.ledger.dropQueued(items, reason);
    this.#tell(items, reason, detail);
  }

  turnAway(items: number, detail: string): void {
    if (items === 0) return;
    this.ledger.turnAway(items, 'queue_full');
    this.#tell(items, 'queue_full', detail);
  }

  #tell(items: number, reason: Reason, detail: string | undefined): void {
    // Lost at shutdown is told once, with the sum.
    if (reason !== 'shutdown') this.#report.dropped(items, reason, detail);
    try {
      this.#hooks.onDrop?.(items, reason);
    } catch (error) {
      this.#report.bug('a delivery hook threw', error);
    }
  }
}
