/** A PC/SC service in memory with real card behaviour behind it: the driver's logic without the daemon, in virtual time. */
import { WaslError } from '../../../agent/domain/errors.js';
import type { PcscEvent, PcscService, PcscSession } from '../../../drivers/pcsc/native.js';
import { cardError } from '../../../drivers/pcsc/scard.js';
import type { Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';

/** How the service answers the next commands: as the card does, not at all, or with a PC/SC return code. */
export type Mood = 'well' | 'hangs' | { readonly returnCode: number };

/** The service. Tests change the world through it; the driver sees it through {@link MemoryPcsc.open}. */
export class MemoryPcsc implements PcscService {
  /** False: opening is refused, as with the daemon down. */
  up = true;
  /** What the next exchanges meet. */
  mood: Mood = 'well';
  /** Sessions opened, and of those not yet closed. */
  opened = 0;
  openNow = 0;
  /** Attempts to open, refused ones included. */
  attempts = 0;
  /** Every command that reached a card, in hex, in order. */
  readonly commands: string[] = [];
  readonly #readers = new Map<string, Type2OnReader | null>();
  readonly #released: (() => void)[] = [];
  #listener: ((event: PcscEvent) => void) | null = null;

  async open(listener: (event: PcscEvent) => void): Promise<PcscSession> {
    this.attempts += 1;
    if (!this.up) throw new WaslError('ERR_READER_UNAVAILABLE', 'pcscd is not running');
    this.opened += 1;
    this.openNow += 1;
    this.#listener = listener;
    for (const [reader, card] of this.#readers) {
      listener({ type: 'attached', reader });
      if (card !== null) listener({ type: 'card', reader, atr: card.atr });
    }
    return {
      connect: async (reader) => this.#card(reader).powerOn(),
      disconnect: async (reader, disposition) => {
        if (disposition === 'reset') this.#readers.get(reader)?.powerOn();
      },
      transmit: (reader, command) => this.#transmit(reader, command),
      close: async () => {
        this.openNow -= 1;
        this.#listener = null;
      },
    };
  }

  /** Plugs a reader in. */
  plug(reader: string): void {
    this.#readers.set(reader, null);
    this.tell({ type: 'attached', reader });
  }

  /** Plugs a reader in at a moment when nobody listens: only a session that is opened later knows of it. */
  plugUnnoticed(reader: string): void {
    this.#readers.set(reader, null);
  }

  /** Pulls it out, with the card on it. */
  pull(reader: string): void {
    this.#readers.delete(reader);
    this.tell({ type: 'detached', reader });
  }

  /** Lays a card on a reader. */
  lay(reader: string, card: Type2OnReader): void {
    this.#readers.set(reader, card);
    this.tell({ type: 'card', reader, atr: card.atr });
  }

  /** Exchanges the card so fast that the service does not notice. */
  swapUnnoticed(reader: string, card: Type2OnReader): void {
    this.#readers.set(reader, card);
  }

  /** Takes the card away; `noticed` false leaves it to a later {@link tell}. */
  lift(reader: string, noticed = true): void {
    this.#readers.get(reader)?.powerOff();
    this.#readers.set(reader, null);
    if (noticed) this.tell({ type: 'empty', reader });
  }

  /** The daemon dies. */
  die(): void {
    this.up = false;
    this.tell({ type: 'failed', message: 'pcscd went away' });
  }

  /** Lets the exchanges that hang go on. */
  release(): void {
    this.mood = 'well';
    for (const go of this.#released.splice(0)) go();
  }

  /** Says something to the driver as the service would. */
  tell(event: PcscEvent): void {
    this.#listener?.(event);
  }

  #card(reader: string): Type2OnReader {
    const card = this.#readers.get(reader);
    if (card === null || card === undefined) throw failure(0x8010000c);
    return card;
  }

  async #transmit(reader: string, command: Uint8Array): Promise<Uint8Array> {
    if (typeof this.mood === 'object') throw failure(this.mood.returnCode);
    if (this.mood === 'hangs') await new Promise<void>((resolve) => this.#released.push(resolve));
    const card = this.#card(reader);
    this.commands.push(Buffer.from(command).toString('hex'));
    return card.transmit(command);
  }
}

function failure(returnCode: number): WaslError {
  return cardError('talk to the card', new Error(`SCardTransmit error: text.(0x${returnCode.toString(16)})`));
}
