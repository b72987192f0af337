/**
 * A terminal, from its ports: readers on one side, the desk in the middle, the kiosk on the other. Knows no implementation; `main.ts` and
 * the simulators put it together.
 */
import type { Reader, ReaderEvent } from '../drivers/reader.js';
import { calendarOf } from './domain/calendar.js';
import type { Clock, Timers } from './domain/clock.js';
import { isWaslError } from './domain/errors.js';
import type { Log } from './domain/log.js';
import type { Journal } from './journal/journal.js';
import { kioskBackend } from './kiosk/backend.js';
import type { KioskBackend, StatusBar } from './kiosk/state.js';
import type { TapDeps } from './tap/examine.js';
import { createTap, reportOpenIntents, type TapState } from './tap/tap.js';
import type { Trust } from './trust/trust.js';

/** How long an offer waits for the operator before it is withdrawn. */
const OFFER_TIMEOUT_MS = 180_000;

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
  readonly journal: Journal;
  readonly trust: Trust;
  readonly readers: readonly Reader[];
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
  const { readers, log, timers } = parts;
  const tap = createTap(parts.tap);
  const served = servedCounter(parts);
  const bars = new Set<() => void>();
  const changed = (): void => {
    for (const listener of bars) listener();
  };
  parts.sync.subscribe(changed);
  const states = new Map(readers.map((reader) => [reader.name, { ready: false, message: null as string | null }]));
  /** The reader whose card the desk is busy with: only its removal counts. */
  let active: string | null = null;
  let withdraw: () => void = () => undefined;

  tap.subscribe(() => {
    const state = tap.state();
    withdraw();
    withdraw = () => undefined;
    if (state.name === 'offer')
      withdraw = timers.after(OFFER_TIMEOUT_MS, () => void tap.cancel(state.tapId).catch(() => undefined));
    if (state.name === 'granted') served.count();
    logState(state, parts);
  });

  const onEvent = (reader: Reader, event: ReaderEvent): void => {
    switch (event.type) {
      case 'ready':
        states.set(reader.name, { ready: true, message: null });
        log.info({ reader: reader.name }, 'reader ready');
        break;
      case 'unavailable':
        states.set(reader.name, { ready: false, message: event.message });
        log.warn({ reader: reader.name, code: event.code, reason: event.message }, 'reader unavailable');
        if (active === reader.name) tap.removed();
        break;
      case 'error':
        log.warn({ reader: reader.name, code: event.code, reason: event.message }, 'reader error');
        break;
      case 'removed':
        if (active === reader.name) tap.removed();
        break;
      case 'presented': {
        const busy = tap.state().name;
        if (busy !== 'reading' && busy !== 'writing') active = reader.name;
        void tap.present(event.card, reader.capabilities);
      }
    }
    changed();
  };

  const bar = (): Pick<StatusBar, 'connection' | 'readers' | 'servedToday'> => ({
    connection: parts.sync.connection(),
    readers: [...states].map(([name, state]) => ({ name, ...state })),
    servedToday: served.today(),
  });
  const backend = kioskBackend({
    terminal: parts.terminal,
    site: parts.site,
    tap,
    journal: parts.journal,
    trust: parts.trust,
    clock: parts.clock,
    bar,
    subscribeBar: (listener) => {
      bars.add(listener);
      return () => bars.delete(listener);
    },
  });

  return {
    backend,
    start: async () => {
      await reportOpenIntents(parts.tap);
      for (const reader of readers) {
        await reader
          .start((event) => onEvent(reader, event))
          .catch((error: unknown) => {
            const message = isWaslError(error) ? error.message : 'the reader cannot be started';
            states.set(reader.name, { ready: false, message });
            log.error({ reader: reader.name, reason: message }, 'reader cannot work');
            changed();
          });
      }
    },
    stop: async () => {
      withdraw();
      await Promise.all(readers.map((reader) => reader.stop()));
    },
  };
}

/** One line for each outcome, with a pseudonym and a code: enough to follow a complaint, not enough to know a person. */
function logState(state: TapState, parts: TerminalParts): void {
  const { log, pseudonym } = parts;
  if (state.name === 'granted') {
    const card = pseudonym(state.credential.entitlements.card);
    log.info({ tap: state.tapId, card, epoch: state.epoch, seq: state.seq }, 'granted');
  } else if (state.name === 'refused') {
    const card = state.credential === null ? null : pseudonym(state.credential.entitlements.card);
    log.info({ code: state.code, card }, 'refused');
  } else if (state.name === 'unresolved') {
    log.warn({ tap: state.tapId, code: state.code }, 'unresolved');
  }
}

/** Counts services by the site's calendar day. */
function servedCounter(parts: TerminalParts): { count(): void; today(): number } {
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
    today: () => {
      roll();
      return count;
    },
  };
}
