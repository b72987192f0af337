/**
 * The desk: several readers that a terminal reaches over sockets, and one hand. The cards live in this process, as plastic lives outside of a
 * terminal: when that one is killed while it writes a page, the card keeps the pages that it was given.
 */
import { systemTimers } from '../../agent/system.js';
import type { SimulatedNtag21x } from '../cards/ntag21x.js';
import { freePort } from '../process/ports.js';
import { Type2OnReader } from '../readers/pcsc-apdu.js';
import { VpcdSlot } from '../readers/vpcd.js';
import { watchedCard } from '../site/watched-card.js';

/** A desk with its readers. */
export interface Desk {
  /** Ports that the terminal listens on for its cards, one a reader. */
  readonly ports: readonly number[];
  /** Lays a card on the next reader. Resolves when the reader has spoken to it; rejects as {@link VpcdSlot.insert}. */
  lay(card: SimulatedNtag21x): Promise<void>;
  /** Takes away whatever lies on the readers. */
  clear(): void;
  /** Calls `then` once, the moment before the `count`-th page from now on is written to a card. Returns how to call it off. */
  atWrite(count: number, then: () => void): () => void;
}

const WRITE = 0xa2;
/** A reader stays empty for half a second between two cards, so the hand goes from one to the next. */
const READERS = 6;

/** Sets up a desk on free ports. */
export async function setUpDesk(): Promise<Desk> {
  const ports: number[] = [];
  while (ports.length < READERS) {
    const port = await freePort();
    if (!ports.includes(port)) ports.push(port);
  }
  const slots = ports.map((port) => new VpcdSlot({ host: '127.0.0.1', port }, systemTimers));
  let turn = 0;
  let watch: { left: number; readonly then: () => void } | null = null;
  const before = (frame: Uint8Array): void => {
    if (frame[0] !== WRITE || watch === null) return;
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
    ports,
    lay: async (card) => {
      clear();
      turn = (turn + 1) % slots.length;
      await slots[turn]?.insert(new Type2OnReader(watchedCard(card, { before })));
    },
    clear,
    atWrite: (count, then) => {
      const mine = { left: count, then };
      watch = mine;
      return () => {
        if (watch === mine) watch = null;
      };
    },
  };
}
