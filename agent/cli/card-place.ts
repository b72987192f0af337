/** Where a card command finds its card: on a reader that is plugged in, or in the file of a simulated card. */
import { loadNfcPcsc } from '../../drivers/pcsc/nfc-pcsc.js';
import { PcscReader } from '../../drivers/pcsc/reader.js';
import type { PresentedCard, Reader, ReaderEvent } from '../../drivers/reader.js';
import { SerialLineReader } from '../../drivers/serial/line-reader.js';
import { WaslError } from '../domain/errors.js';
import { systemTimers } from '../system.js';
import { simulatorModule } from './plugin.js';

/** Options that say where the card is. */
export interface PlaceOptions {
  /** Beginning of a PC/SC reader's name, `pcsc` for the first that is there, or `serial:/dev/…[@baud]`. */
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

/** What `simulators/card-file.ts` offers. */
interface CardFileModule {
  openCardFile(path: string): Promise<{ readonly card: PresentedCard; save(): Promise<void> }>;
}

/**
 * Runs `use` with the card, and lets go of the reader, or saves the file, whatever becomes of it: what a cut left on a simulated card
 * stays on it. Rejects with `ERR_USAGE` without a place, `ERR_READER_UNAVAILABLE`, `ERR_CARD_TIMEOUT` when nobody lays a card on the
 * reader in time, and with whatever `use` rejects with.
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
  const reader = readerNamed(name ?? '');
  try {
    const card = await firstCard(reader, options.wait * 1000);
    return await use({ card, where: reader.name, canWrite: reader.capabilities.writeBlocks });
  } finally {
    await reader.stop();
  }
}

/** The reader that `--reader` names; not started. Throws `ERR_USAGE`. */
export function readerNamed(name: string): Reader {
  const serial = /^serial:([^@]+)(?:@(\d{2,7}))?$/.exec(name);
  if (serial !== null) {
    const [, path = '', baud] = serial;
    return new SerialLineReader({ path, ...(baud === undefined ? {} : { baudRate: Number(baud) }) });
  }
  if (name.trim() === '') throw new WaslError('ERR_USAGE', '--reader needs a name; "wasl doctor" lists the readers');
  const match = name === 'pcsc' ? {} : { match: { prefix: name.replace(/^pcsc:/, '') } };
  return new PcscReader({ load: loadNfcPcsc(), timers: systemTimers, ...match });
}

/** The first card that is presented, and nothing after it: a second one waits for the next command. */
function firstCard(reader: Reader, timeoutMs: number): Promise<PresentedCard> {
  return new Promise((resolve, reject) => {
    let unavailable: string | null = null;
    const cancel = systemTimers.after(timeoutMs, () => {
      const why = unavailable ?? `no card was laid on ${reader.name} within ${timeoutMs / 1000} s`;
      reject(new WaslError(unavailable === null ? 'ERR_CARD_TIMEOUT' : 'ERR_READER_UNAVAILABLE', why));
    });
    const end = (settle: () => void): void => {
      cancel();
      settle();
    };
    const hear = (event: ReaderEvent): void => {
      if (event.type === 'presented') end(() => resolve(event.card));
      if (event.type === 'error') end(() => reject(new WaslError(event.code, event.message)));
      if (event.type === 'ready') unavailable = null;
      if (event.type === 'unavailable') unavailable = event.message;
    };
    reader.start(hear).catch((error: unknown) => end(() => reject(error)));
  });
}
