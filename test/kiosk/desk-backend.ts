/** The kiosk's backend over a desk of the product's own, without log-in, shifts or goods: for pages that are about something else. */

import type { PaymentMethod } from '../../agent/domain/payment.js';
import { journalStock } from '../../agent/journal/books/stock.js';
import type { Journal } from '../../agent/journal/journal.js';
import { kioskBackend } from '../../agent/kiosk/backend.js';
import { createBooks } from '../../agent/kiosk/books.js';
import type { KioskTap } from '../../agent/kiosk/parts.js';
import type { KioskBackend } from '../../agent/kiosk/state.js';
import { createSession, NO_OPERATORS } from '../../agent/session.js';
import { type DeskFacts, UNKNOWN_DESK } from '../../agent/tap/snapshot.js';
import type { Supervisors, Trust } from '../../agent/trust/trust.js';
import { realTimers } from './running.js';
import { sampleBar } from './samples.js';

/** A desk, and where it stands. */
export interface PageDesk {
  readonly tap: KioskTap;
  readonly journal: Journal;
  readonly trust: Trust;
  readonly clock: { readonly ms: number };
  readonly site: string;
  areaOf(site: number): string | null;
  /** Who may allow what; default: nobody. */
  readonly supervisors?: Pick<Supervisors, 'here' | 'authorise'>;
  /** How one can pay; default: not at all. */
  readonly methods?: readonly PaymentMethod[];
  /** What it knows of sites; default: nothing. */
  readonly desk?: DeskFacts;
}

const NOBODY: Pick<Supervisors, 'here' | 'authorise'> = {
  here: () => [],
  authorise: async () => ({ allowed: false, code: 'ERR_VOID_ROLE' }),
};

export function deskBackend(from: PageDesk): KioskBackend {
  const { tap, journal, trust, clock: at, site, areaOf, supervisors = NOBODY, methods = [] } = from;
  const { desk = UNKNOWN_DESK } = from;
  const clock = { nowMs: () => at.ms };
  const shared = {
    ...{ trust, supervisors, clock, programmes: [tap.programme()] },
    session: createSession({ operators: NO_OPERATORS, clock }),
    stock: journalStock({ journal, nowMs: () => at.ms }),
  };
  const isIdle = (): boolean => tap.state().name === 'idle';
  return kioskBackend({
    ...{ ...shared, terminal: 'unit-1', site, tap, journal, areaOf },
    books: createBooks({ ...shared, keepsStock: false, timers: realTimers, isIdle }),
    select: (programme) => tap.select(programme),
    desk,
    methods: () => methods,
    bar: () => sampleBar(),
    subscribeBar: () => () => undefined,
  });
}
