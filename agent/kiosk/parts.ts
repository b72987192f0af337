/** What the kiosk shows is made from. */
import type { Clock } from '../domain/clock.js';
import type { PaymentMethod } from '../domain/payment.js';
import type { Journal } from '../journal/journal.js';
import type { StockKeeper } from '../services/stock.js';
import type { HealthTap } from '../tap/health-tap.js';
import type { PersonTap } from '../tap/person-tap.js';
import type { PinDeskState, PinTap } from '../tap/pin-tap.js';
import type { DeskFacts } from '../tap/tap.js';
import type { Session, Supervisors, Trust } from '../trust/trust.js';
import type { Books } from './books.js';
import type { LowStock, StatusBar } from './state.js';

/** The desk; one that opens no health records, or changes no PINs, has nothing for them. */
export type KioskTap = Omit<PersonTap, 'state'> & { state(): PinDeskState } & Partial<
    Pick<HealthTap, 'canOpenRecords' | 'openRecords' | 'addRecord'> &
      Pick<PinTap, 'canOpenPin' | 'openPin' | 'allowUnblock' | 'denyUnblock' | 'setPin' | 'changePin' | 'unblockPin'>
  >;

/** What the backend is given. */
export interface BackendParts {
  readonly terminal: string;
  readonly site: string;
  readonly tap: KioskTap;
  readonly journal: Journal;
  readonly trust: Trust;
  readonly supervisors: Supervisors;
  readonly session: Session;
  readonly stock: StockKeeper;
  /** Shifts, and the goods of the outlet, as the screen shows them. */
  readonly books: Books;
  readonly low?: LowStock;
  readonly clock: Clock;
  /** Governorate or district of the site with this number; null where none is described. */
  areaOf(site: number): string | null;
  /** What the terminal knows of its own and of other sites. */
  readonly desk: Pick<DeskFacts, 'sitesOf' | 'site'>;
  /** How holders can pay here; none where nothing is paid at this desk. */
  methods(): readonly PaymentMethod[];
  /** The parts of the bar that only the composition knows. */
  bar(): Pick<StatusBar, 'connection' | 'readers' | 'servedToday'>;
  /** Ids of the programmes that this desk serves, in their order. */
  readonly programmes: readonly string[];
  /** Serves this programme from now on. Throws `ERR_TAP_STATE` or `ERR_PROGRAMME_UNKNOWN`. */
  select(programme: string): void;
  /** Calls the listener whenever `bar()` would answer otherwise; returns how to stop. */
  subscribeBar(listener: () => void): () => void;
}
