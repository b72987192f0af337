/**
 * A terminal, from its ports: readers on one side, the desk in the middle, the kiosk on the other. Knows no implementation; `main.ts` and
 * the simulators put it together.
 */
import type { PaymentMachine } from '../drivers/payment.js';
import type { PresentedCard, Reader, ReaderSignal } from '../drivers/reader.js';
import { sameBytes } from './credential/cbor.js';
import { isSlipText } from './credential/slip.js';
import { calendarOf } from './domain/calendar.js';
import type { Clock, Timers } from './domain/clock.js';
import { isWaslError } from './domain/errors.js';
import type { Log } from './domain/log.js';
import type { Journal } from './journal/journal.js';
import { kioskBackend } from './kiosk/backend.js';
import { type Books, createBooks } from './kiosk/books.js';
import type { KioskBackend, LowStock, StatusBar } from './kiosk/state.js';
import { createReaders, type ReaderListener } from './readers.js';
import type { ShiftKeeper } from './services/shift.js';
import type { StockKeeper } from './services/stock.js';
import type { TapDeps } from './tap/examine.js';
import { reportHealthRecords } from './tap/health-card.js';
import { createHealthTap } from './tap/health-tap.js';
import type { PersonLists } from './tap/person-list.js';
import { createPersonTap } from './tap/person-tap.js';
import { createPinTap, type PinDeskState, type PinTap } from './tap/pin-tap.js';
import { UNKNOWN_DESK } from './tap/snapshot.js';
import { createTap, reportOpenIntents } from './tap/tap.js';
import { openTill, type Till } from './tap/till.js';
import type { Session, Supervisors, Trust } from './trust/trust.js';

/** How long a screen waits for somebody before it is withdrawn, ms: for the operator, for a supervisor's PIN, for a card that is to come back. */
const WAITS_MS: Partial<Record<PinDeskState['name'], number>> = {
  ...{ offer: 180_000, authorise: 120_000, return: 180_000 },
  ...{ search: 180_000, 'listed-offer': 180_000, 'listed-authorise': 120_000, health: 300_000 },
  ...{ 'card-pin': 180_000, 'card-pin-done': 30_000 },
};

/** One conversation with a card at a time. */
const BUSY: readonly PinDeskState['name'][] = [
  'reading',
  'writing',
  'health-reading',
  'health-writing',
  'card-pin-reading',
  'card-pin-writing',
];

/** The link to the centre, as far as a screen shows it. */
export interface SyncStatus {
  connection(): StatusBar['connection'];
  subscribe(listener: () => void): () => void;
}

/** What a terminal is made from. */
export interface TerminalParts {
  readonly terminal: string;
  readonly site: string;
  readonly tap: TapDeps;
  /** Lists of persons who are served without a card; absent: none. */
  readonly persons?: PersonLists;
  readonly journal: Journal;
  readonly trust: Trust;
  readonly supervisors: Supervisors;
  readonly session: Session;
  /** The outlet's goods. */
  readonly stock: StockKeeper;
  /** They are kept on the screen as well. */
  readonly keepsStock?: boolean;
  /** What is left of what, and below how much of it an offer says so, by the id of the commodity. */
  readonly low?: LowStock;
  /** Shifts of whoever serves; absent: this desk has none. */
  readonly shifts?: ShiftKeeper;
  readonly readers: readonly Reader[];
  /** What holders pay is taken here: in cash, and at the machine where there is one. Absent: nothing is. */
  readonly payments?: { readonly machine: PaymentMachine | null };
  readonly sync: SyncStatus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Keyed pseudonym of a card's serial, for the log. */
  pseudonym(card: number): string;
  /** Services recorded today by earlier runs. */
  readonly servedToday: number;
}

/** A terminal that runs. */
export interface Terminal {
  readonly backend: KioskBackend;
  /** Starts the readers and reports what an earlier run left open. A reader that cannot work is shown on the bar; the others go on. */
  start(): Promise<void>;
  /** Stops the readers. */
  stop(): Promise<void>;
}

/** Puts a terminal together; nothing runs until {@link Terminal.start}. */
export function createTerminal(parts: TerminalParts): Terminal {
  const { log, timers } = parts;
  const till = tillOf(parts);
  const deps: TapDeps = till === undefined ? parts.tap : { ...parts.tap, till };
  const records = createHealthTap(createPersonTap(createTap(deps), deps, parts.persons ?? NO_LISTS), deps);
  const tap = createPinTap(records, deps);
  const served = servedCounter(parts);
  const bars = new Set<() => void>();
  const changed = (): void => {
    for (const listener of bars) listener();
  };
  parts.sync.subscribe(changed);
  const books = createBooks({
    ...parts,
    keepsStock: parts.keepsStock === true,
    programmes: parts.tap.programmes,
    isIdle: () => tap.state().name === 'idle',
  });
  const desk = deskOf(tap, { session: parts.session, books }, log);
  const readers = createReaders(parts.readers, log, { ...desk, changed });
  let withdraw: () => void = () => undefined;

  tap.subscribe(() => {
    const state = tap.state();
    withdraw();
    withdraw = () => undefined;
    const waitMs = WAITS_MS[state.name];
    if (waitMs !== undefined && 'tapId' in state)
      withdraw = timers.after(waitMs, () => void tap.cancel(state.tapId).catch(() => undefined));
    if (state.name === 'granted' || state.name === 'listed-granted') served.count();
    if (state.name === 'voided' || state.name === 'listed-voided') served.takeBack(state.servedAtMs);
    // The card that was served mostly lies there still.
    if (state.name === 'return' && state.code === null) desk.again();
    const signal = signalOf(state);
    if (signal !== null) desk.signal(signal);
    logState(state, parts);
  });

  const bar = (): Pick<StatusBar, 'connection' | 'readers' | 'servedToday'> => ({
    connection: parts.sync.connection(),
    readers: readers.states(),
    servedToday: served.today(),
  });
  const backend = kioskBackend({
    terminal: parts.terminal,
    site: parts.site,
    tap,
    journal: parts.journal,
    trust: parts.trust,
    supervisors: parts.supervisors,
    session: parts.session,
    stock: parts.stock,
    books,
    ...(parts.low === undefined ? {} : { low: parts.low }),
    clock: parts.clock,
    areaOf: (site) => parts.tap.desk?.areaOf(site) ?? null,
    desk: parts.tap.desk ?? UNKNOWN_DESK,
    methods: () => till?.methods() ?? [],
    bar,
    programmes: parts.tap.programmes,
    select: (programme) => {
      tap.select(programme);
      // The card that lies there is examined for the programme that was chosen.
      desk.again();
    },
    subscribeBar: (listener) => {
      bars.add(listener);
      return () => bars.delete(listener);
    },
  });

  return {
    backend,
    start: async () => {
      if (!isEnrolled(parts)) log.error({ code: 'ERR_BATCH_TERMINAL' }, NOT_ENROLLED);
      const report = async (): Promise<void> => {
        await reportOpenIntents(parts.tap);
        await reportHealthRecords(parts.tap);
      };
      await report().catch((error: unknown) => {
        // They stay open and are reported later; a terminal with a full disk must still show what was not handed over.
        if (!isWaslError(error, 'ERR_JOURNAL_SPACE') && !isWaslError(error, 'ERR_JOURNAL_BUSY')) throw error;
        log.warn({ code: error.code, reason: error.message }, 'open intents are not reported yet');
      });
      till?.start();
      await readers.start();
    },
    stop: async () => {
      withdraw();
      await readers.stop();
      await till?.stop();
    },
  };
}

const NO_LISTS: PersonLists = { inForce: () => null, numbered: () => null, ledger: () => null };

function tillOf({ payments, tap, journal, trust, timers, log }: TerminalParts): Till | undefined {
  if (payments === undefined) return undefined;
  return openTill({
    ...{ journal, machine: payments.machine, timers, operator: tap.operator },
    nowMs: () => tap.time.now().ms,
    currency: () => trust.policy().currency ?? '',
    fault: (error) => tap.fault(error),
    problem: (code, payment) => log.warn({ code, tap: payment.tapId }, 'a payment is not over yet'),
  });
}

/** One card's stay on a reader. */
interface Visit {
  readonly reader: Reader;
  readonly card: PresentedCard;
  isOver: boolean;
}

/** Brings cards to the desk, which takes one at a time. */
function deskOf(
  tap: PinTap,
  { session, books }: { readonly session: Session; readonly books: Books },
  log: Log,
): Pick<ReaderListener, 'presented' | 'left'> & { again(): void; signal(signal: ReaderSignal): void } {
  /** Whose card the desk is busy with: only its removal counts. */
  let current: Visit | null = null;
  const fault = (error: unknown): void => log.error({ err: error }, 'a fault inside Wasl');
  const present = (visit: Visit): void => {
    tap.present(visit.card, visit.reader.capabilities).then(() => {
      // It left while the last of it was being examined: nobody is there to take the offer.
      if (visit.isOver && current === visit) tap.removed();
    }, fault);
  };
  /** Takes the card that lies there for one that was just laid down; a reader that cannot tell when it leaves has none. */
  const again = (): void => {
    if (tap.state().name === 'idle' && !books.mayServe()) return;
    if (current !== null && !current.isOver && current.reader.capabilities.removal) present(current);
  };
  return {
    presented: (reader, card) => {
      const { name } = tap.state();
      if (BUSY.includes(name)) return log.info({ reader: reader.name }, 'a second card is ignored');
      if (name === 'idle' && session.isNeeded() && session.current() === null)
        return log.info({ reader: reader.name }, 'a card is ignored: nobody is logged in');
      if (name === 'idle' && !books.mayServe())
        return log.info({ reader: reader.name, code: books.refusal() }, 'a card is ignored: nobody is served now');
      // A slip is no card: its holder's may lie there already.
      if (card.kind === 'text' && isSlipText(card.text))
        return void tap.present(card, reader.capabilities).then(() => tap.state().name === 'idle' && again(), fault);
      current = { reader, card, isOver: false };
      present(current);
    },
    again,
    left: (reader) => {
      if (current?.reader !== reader) return;
      current.isOver = true;
      tap.removed();
    },
    signal: (signal) => {
      const { reader } = current ?? {};
      if (reader?.capabilities.signals === true) void reader.signal?.(signal);
    },
  };
}

/** What the holder and a clerk who looks elsewhere are to hear of a state. */
function signalOf(state: PinDeskState): ReaderSignal | null {
  if (state.name === 'granted' || state.name === 'refused') return state.name;
  if (state.name === 'health-refused' || state.name === 'card-pin-refused') return 'refused';
  return state.name === 'unresolved' || state.name === 'voided' ? 'attention' : null;
}

const NOT_ENROLLED =
  'the signed lists do not have this terminal with its key: what it records is believed nowhere; "wasl doctor" says what to do';

function isEnrolled({ terminal, tap }: TerminalParts): boolean {
  return tap.trust
    .terminalKeys(tap.signer.keyId)
    .some((key) => key.terminal === terminal && sameBytes(key.verifier.publicKey, tap.signer.publicKey));
}

/** One line for each outcome, with a pseudonym and a code: enough to follow a complaint, not enough to know a person. */
function logState(state: PinDeskState, parts: TerminalParts): void {
  const { log, pseudonym } = parts;
  if (state.name === 'granted') {
    const card = pseudonym(state.credential.entitlements.card);
    log.info({ tap: state.tapId, card, epoch: state.epoch, seq: state.seq }, 'granted');
  } else if (state.name === 'listed-granted') {
    log.info({ tap: state.tapId, epoch: state.epoch, seq: state.seq }, 'granted without a card');
  } else if (state.name === 'listed-voided') {
    log.info({ tap: state.tapId }, 'taken back without a card');
  } else if (state.name === 'listed-refused') {
    log.info({ code: state.code }, 'refused without a card');
  } else if (state.name === 'health-refused') {
    const card = pseudonym(state.credential.entitlements.card);
    log.info({ code: state.code, card }, 'health records refused');
  } else if (state.name === 'card-pin-refused') {
    const card = pseudonym(state.credential.entitlements.card);
    log.info({ code: state.code, card }, 'the PIN of a card is as it was, or not known');
  } else if (state.name === 'card-pin-done') {
    log.info({ action: state.action, card: pseudonym(state.credential.entitlements.card) }, 'the PIN of a card is new');
  } else if (state.name === 'refused') {
    const card = state.credential === null ? null : pseudonym(state.credential.entitlements.card);
    const at = state.step === undefined ? {} : { step: state.step };
    log.info({ code: state.code, ...at, card }, 'refused');
  } else if (state.name === 'voided') {
    log.info({ tap: state.tapId, card: pseudonym(state.credential.entitlements.card) }, 'taken back');
  } else if (state.name === 'unresolved') {
    log.warn({ tap: state.tapId, code: state.code }, 'unresolved');
  }
}

/** Counts services by the site's calendar day. */
function servedCounter(parts: TerminalParts): { count(): void; takeBack(servedAtMs: number): void; today(): number } {
  const calendar = calendarOf(parts.trust.policy().timeZone);
  const now = (): number => calendar.dayOf(parts.clock.nowMs());
  let day = now();
  let count = parts.servedToday;
  const roll = (): void => {
    if (now() === day) return;
    day = now();
    count = 0;
  };
  return {
    count: () => {
      roll();
      count += 1;
    },
    takeBack: (servedAtMs) => {
      roll();
      if (calendar.dayOf(servedAtMs) === day) count = Math.max(0, count - 1);
    },
    today: () => {
      roll();
      return count;
    },
  };
}
