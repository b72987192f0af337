/** Where a card command finds its card: on a reader that is plugged in, or in the file of a simulated card. */
import type { PresentedCard, Reader, ReaderEvent } from '../../../drivers/reader.js';
import type { ErrorCode } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import { systemTimers } from '../../system.js';
import { simulatorModule } from '../shared/plugin.js';
import { openNamedReader, parseReaderName } from './reader-name.js';

/** Options that say where the card is. */
export interface PlaceOptions {
  /** See {@link parseReaderName}. */
  readonly reader?: string;
  /** File of a simulated card. */
  readonly card?: string;
  /** Seconds to wait for a card on the reader. */
  readonly wait: number;
}

/** A card in hand. */
export interface CardInHand {
  readonly card: PresentedCard;
  /** Name of the reader, or path of the file. */
  readonly where: string;
  readonly canWrite: boolean;
}

/** A reader that stays open over many cards. */
export interface OpenPlace {
  /**
   * The card that lies there, or the next that is laid down, other than `not`: one that this gave before. Rejects with `ERR_CARD_TIMEOUT` when none comes in
   * time, `ERR_READER_UNAVAILABLE` when the reader is not there either, or with what the reader says of a card that it will never present. One that
   * could not be read is waited for: it is laid down anew.
   */
  next(not?: PresentedCard | null): Promise<CardInHand>;
  /** Whether this card still lies there, as far as the reader has told. */
  holds(card: PresentedCard): boolean;
  close(): Promise<void>;
}

/** Faults of one exchange: they say nothing about the card. */
export const PASSING_FAULTS: readonly ErrorCode[] = ['ERR_CARD_LOST', 'ERR_CARD_TIMEOUT', 'ERR_CARD_IO'];

/** What `simulators/card-file.ts` offers. */
interface CardFileModule {
  openCardFile(path: string): Promise<{ readonly card: PresentedCard; save(): Promise<void> }>;
}

/**
 * Runs `use` with the card, and lets go of the reader, or saves the file, whatever becomes of it: what a cut left on a simulated card
 * stays on it. Rejects with `ERR_USAGE` without a place, as {@link OpenPlace.next}, and with whatever `use` rejects with.
 */
export async function withCard<T>(options: PlaceOptions, use: (inHand: CardInHand) => Promise<T>): Promise<T> {
  const { reader: name, card: file } = options;
  if ((name === undefined) === (file === undefined))
    throw new WaslError('ERR_USAGE', 'say where the card is: --reader NAME, or --card FILE for a simulated one');
  if (file !== undefined) {
    const { openCardFile } = await simulatorModule<CardFileModule>('card-file');
    const opened = await openCardFile(file);
    return await use({ card: opened.card, where: file, canWrite: true }).finally(() => opened.save());
  }
  const place = await openPlace(name ?? '', options.wait * 1000);
  try {
    return await use(await place.next());
  } finally {
    await place.close();
  }
}

/** The reader that `--reader` names; not started. Rejects as {@link parseReaderName}. */
export async function readerNamed(name: string): Promise<Reader> {
  return openNamedReader(await parseReaderName(name));
}

/** Opens the reader that `--reader` names, for as many cards as are wanted, waiting at most `timeoutMs` for each. Rejects as {@link readerNamed}, and when it can never work. */
export async function openPlace(name: string, timeoutMs: number): Promise<OpenPlace> {
  const reader = await readerNamed(name);
  const watch = new Watch();
  try {
    await reader.start((event) => watch.hear(event));
  } catch (error) {
    await reader.stop();
    throw error;
  }
  return {
    next: async (not = null) => {
      const card = await watch.next(not, { timeoutMs, reader: reader.name });
      return { card, where: reader.name, canWrite: reader.capabilities.writeBlocks };
    },
    holds: (card) => watch.card === card,
    close: () => reader.stop(),
  };
}

/** What lies on a reader now, and who waits for what comes next. */
class Watch {
  card: PresentedCard | null = null;
  #unavailable: string | null = null;
  #waiting: ((event: ReaderEvent) => void) | null = null;

  hear(event: ReaderEvent): void {
    if (event.type === 'presented') this.card = event.card;
    if (event.type === 'removed' || event.type === 'unavailable') this.card = null;
    if (event.type === 'ready') this.#unavailable = null;
    if (event.type === 'unavailable') this.#unavailable = event.message;
    this.#waiting?.(event);
  }

  next(
    not: PresentedCard | null,
    how: { readonly timeoutMs: number; readonly reader: string },
  ): Promise<PresentedCard> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        cancel();
        this.#waiting = null;
        settle();
      };
      const cancel = systemTimers.after(how.timeoutMs, () => {
        const why = this.#unavailable ?? `no card was laid on ${how.reader} within ${how.timeoutMs / 1000} s`;
        const code = this.#unavailable === null ? 'ERR_CARD_TIMEOUT' : 'ERR_READER_UNAVAILABLE';
        end(() => reject(new WaslError(code, why)));
      });
      this.#waiting = (event) => {
        const card = this.card;
        if (card !== null && card !== not) end(() => resolve(card));
        else if (event.type === 'error' && !PASSING_FAULTS.includes(event.code))
          end(() => reject(new WaslError(event.code, event.message)));
      };
      const here = this.card;
      if (here !== null && here !== not) end(() => resolve(here));
    });
  }
}
