/** The readers of one desk: starts and stops them side by side, keeps what the bar shows of each, and passes on what concerns cards. */
import type { PresentedCard, Reader, ReaderEvent } from '../drivers/reader.js';
import { isWaslError } from './domain/errors.js';
import type { Log } from './domain/log.js';
import type { StatusBar } from './kiosk/state.js';

/** Who hears of cards, and of changes of the bar. */
export interface ReaderListener {
  presented(reader: Reader, card: PresentedCard): void;
  /** The card was taken away, or the reader went away with it. */
  left(reader: Reader): void;
  /** {@link Readers.states} would answer otherwise now. */
  changed(): void;
}

/** The readers of a desk. */
export interface Readers {
  states(): StatusBar['readers'];
  /** Starts all. A reader that cannot work, or takes its time, does not keep the others from starting. Never rejects. */
  start(): Promise<void>;
  /** Stops all. Never rejects. */
  stop(): Promise<void>;
}

/** Puts readers together; each has a name of its own. */
export function createReaders(readers: readonly Reader[], log: Log, listener: ReaderListener): Readers {
  const states = new Map(readers.map((reader) => [reader.name, { ready: false, message: null as string | null }]));
  const unavailable = (reader: Reader, message: string): void => {
    states.set(reader.name, { ready: false, message });
  };
  const hear = (reader: Reader, event: ReaderEvent): void => {
    const { name } = reader;
    switch (event.type) {
      case 'ready':
        states.set(name, { ready: true, message: null });
        log.info({ reader: name }, 'reader ready');
        break;
      case 'unavailable':
        unavailable(reader, event.message);
        log.warn({ reader: name, code: event.code, reason: event.message }, 'reader unavailable');
        listener.left(reader);
        break;
      case 'error':
        log.warn({ reader: name, code: event.code, reason: event.message }, 'reader error');
        break;
      case 'removed':
        listener.left(reader);
        break;
      case 'presented':
        listener.presented(reader, event.card);
    }
    listener.changed();
  };
  const start = async (reader: Reader): Promise<void> => {
    try {
      await reader.start((event) => hear(reader, event));
    } catch (error) {
      const reason = isWaslError(error) ? error.message : 'the reader cannot be started';
      unavailable(reader, reason);
      log.error({ reader: reader.name, reason }, 'reader cannot work');
      listener.changed();
    }
  };
  const stop = async (reader: Reader): Promise<void> => {
    try {
      await reader.stop();
    } catch (error) {
      log.error({ reader: reader.name, err: error }, 'reader cannot be stopped');
    }
  };
  return {
    states: () => [...states].map(([name, state]) => ({ name, ...state })),
    start: async () => void (await Promise.all(readers.map(start))),
    stop: async () => void (await Promise.all(readers.map(stop))),
  };
}
