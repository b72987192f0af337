/** The desk of a chaos run: virtual readers behind a real pcscd, a hand that lays cards on them, and what is done to either from outside. */
import { systemTimers } from '../../agent/system.js';
import type { SimulatedNtag21x } from '../cards/ntag21x.js';
import { Type2OnReader } from '../readers/pcsc-apdu.js';
import { type PrivatePcscd, startPrivatePcscd } from '../readers/pcscd.js';
import { VpcdSlot } from '../readers/vpcd.js';
import { watchedCard } from '../site/watched-card.js';

/** The commands of a Type 2 card that a moment is counted by. */
export type Frame = 'read' | 'write';

/** A desk. */
export interface Desk {
  readonly pcscd: PrivatePcscd;
  /** Friendly name of the readers, for `unplug` and `plug`. */
  readonly readerName: string;
  /** Lays a card on the next reader; resolves when the reader has spoken to it, or cannot for ten seconds. */
  lay(card: SimulatedNtag21x): Promise<void>;
  /** Takes away whatever lies on the readers. */
  clear(): void;
  /** Calls `then` once, before the card obeys its `count`-th frame of this kind from now on. */
  at(frame: Frame, count: number, then: () => void): void;
  /** The reader hangs: no exchange with the card is answered from now on. */
  hang(): void;
  /** The reader resets itself and goes on: an exchange that hung is given up, and the card on it is found anew. */
  goOn(): void;
  close(): Promise<void>;
}

const READER_NAME = 'Virtual PCD';
const WRITE = 0xa2;
const READS: readonly number[] = [0x30, 0x3a];

/** Sets up a desk. Rejects as `startPrivatePcscd`. */
export async function setUpDesk(): Promise<Desk> {
  const pcscd = await startPrivatePcscd({ names: [READER_NAME], attached: 'usb' });
  const slots = pcscd.readers.map(({ address }) => new VpcdSlot(address, systemTimers));
  let turn = 0;
  let hung: { readonly over: Promise<never>; readonly giveUp: () => void } | null = null;
  let watch: { readonly frame: Frame; left: number; readonly then: () => void } | null = null;
  const before = (bytes: Uint8Array): void => {
    const code = bytes[0] ?? 0;
    const frame: Frame | null = code === WRITE ? 'write' : READS.includes(code) ? 'read' : null;
    if (watch === null || watch.frame !== frame) return;
    watch.left -= 1;
    if (watch.left > 0) return;
    const { then } = watch;
    watch = null;
    then();
  };
  const clear = (): void => {
    for (const slot of slots) slot.remove();
  };
  return {
    pcscd,
    readerName: READER_NAME,
    lay: async (card) => {
      clear();
      // A slot stays empty for half a second between two cards; the next one is free already.
      turn = (turn + 1) % slots.length;
      const front = new Type2OnReader(watchedCard(card, { before }));
      const onReader = {
        atr: front.atr,
        powerOn: () => front.powerOn(),
        powerOff: () => front.powerOff(),
        transmit: (apdu: Uint8Array) => hung?.over ?? front.transmit(apdu),
      };
      await slots[turn]?.insert(onReader).catch(() => undefined);
    },
    clear,
    at: (frame, count, then) => {
      watch = { frame, left: count, then };
    },
    hang: () => {
      hung ??= hanging();
    },
    goOn: () => {
      hung?.giveUp();
      hung = null;
    },
    close: async () => {
      clear();
      await pcscd.stop();
    },
  };
}

/** A promise for all exchanges with a reader that hangs: it rejects when the reader resets itself, upon which the virtual card is found anew. */
function hanging(): { readonly over: Promise<never>; readonly giveUp: () => void } {
  let giveUp: () => void = () => undefined;
  const over = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(new Error('the reader was reset'));
  });
  over.catch(() => undefined);
  return { over, giveUp };
}
