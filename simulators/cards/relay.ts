/** A relay: the reader believes that it talks to one card, and some of its commands are answered by another, somewhere else. */
import { INS } from '../../drivers/media/type4-apdu.js';
import type { ApduChip } from '../readers/apdu-chip.js';

/** What a relay hands on to the card behind it. `writes`: what is appended goes to another card. `proofs`: the challenge is answered by another card. `swallow`: writes reach nobody and are acknowledged. */
export type RelayKind = 'writes' | 'proofs' | 'swallow';

const OK = Uint8Array.of(0x90, 0x00);

/** Two cards in the place of one. */
export class RelayedCard implements ApduChip {
  readonly uid: Uint8Array;
  readonly historicalBytes: Uint8Array;
  readonly #front: ApduChip;
  readonly #back: ApduChip;
  readonly #kind: RelayKind;

  /** `front` is read; `back` is what the relay reaches. */
  constructor(front: ApduChip, back: ApduChip, kind: RelayKind) {
    this.uid = front.uid;
    this.historicalBytes = front.historicalBytes;
    this.#front = front;
    this.#back = back;
    this.#kind = kind;
  }

  powerCycle(): void {
    this.#front.powerCycle();
    this.#back.powerCycle();
  }

  powerOff(): void {
    this.#front.powerOff();
    this.#back.powerOff();
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array | null> {
    const ins = apdu[1];
    if (ins === INS.select) {
      await this.#back.transmit(apdu);
      return this.#front.transmit(apdu);
    }
    if (ins === INS.appendRecord && this.#kind === 'swallow') return OK;
    const isRelayed =
      this.#kind === 'writes' ? ins === INS.appendRecord : this.#kind === 'proofs' && ins === INS.internalAuthenticate;
    return (isRelayed ? this.#back : this.#front).transmit(apdu);
  }
}
