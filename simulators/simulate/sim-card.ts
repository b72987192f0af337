/** A card of the simulated world: its chip, what is planned to go wrong with it, and who looks at what is written to it. */
import { ntagLayout, slotPage } from '../../drivers/media/ntag21x.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { tornKeepsOld, tornMixed, tornTakesNew, tornWeak } from '../cards/ntag21x-faults.js';
import { NTAG_COMMAND, type NtagAnswer } from '../cards/ntag21x-frames.js';
import type { Stream } from '../world/random.js';
import type { CardAction } from './actions.js';
import type { FaultKind } from './faults.js';

const LAYOUT = ntagLayout('ntag216');
const PAGE_BYTES = 4;
const SLOT_A = slotPage(LAYOUT, 0);
const SLOTS_END = slotPage(LAYOUT, 1) + LAYOUT.slotPages;

/** A reader that a card can lie on. */
export interface CardPlace {
  readonly name: string;
  card: SimCard | null;
  /** Somebody takes this card away, to another reader. */
  takeCard(card: SimCard): void;
}

/** Who hears of what happens to a card. */
export interface CardListener {
  /** A page of a slot was written, or torn while it was. `at` is its offset in the slot. */
  wrote(card: SimCard, at: number, bytes: Uint8Array): void;
  fault(kind: FaultKind, card: SimCard): void;
  /** The power of the whole terminal fails in the middle of a write. */
  powerCut(card: SimCard): void;
}

/** See the head of this file. */
export class SimCard {
  /** Name of this piece of plastic: a clone has another one. */
  readonly name: string;
  readonly serial: number;
  readonly chip: SimulatedNtag21x;
  /** As the reader sees it. */
  readonly presented: SimulatedNtag21x;
  /** Where it lies. */
  #place: CardPlace | null = null;
  /** What a thief has saved of it. */
  saved: Uint8Array | null = null;
  readonly #listener: CardListener;
  readonly #random: Stream;
  #tear: FaultKind = 'card.tear-mixed';
  #cutAfter: number | null = null;

  constructor(made: { name: string; serial: number; dump: Uint8Array }, random: Stream, listener: CardListener) {
    this.name = made.name;
    this.serial = made.serial;
    this.chip = SimulatedNtag21x.fromDump('ntag216', made.dump);
    this.chip.powerOff();
    this.#random = random;
    this.#listener = listener;
    this.presented = this.#watched();
  }

  /** Name of the machine on whose reader it lies; null for none. */
  get machine(): string | null {
    return this.#place?.name ?? null;
  }

  /** Puts it on a reader: a card is at one place only. */
  lieOn(place: CardPlace): void {
    if (this.#place !== place) this.#place?.takeCard(this);
    if (place.card !== null && place.card !== this) place.card.#place = null;
    place.card = this;
    this.#place = place;
  }

  /** Takes it into the hand. */
  leave(): void {
    if (this.#place?.card === this) this.#place.card = null;
    this.#place = null;
  }

  /** Plans a fault. */
  plan({ fault, after }: CardAction): void {
    const random = (): number => this.#random.fraction();
    switch (fault) {
      case 'tear-old':
        this.#planTear(after, fault, tornKeepsOld);
        return;
      case 'tear-new':
        this.#planTear(after, fault, tornTakesNew);
        return;
      case 'tear-mixed':
        this.#planTear(after, fault, tornMixed(random));
        return;
      case 'tear-weak':
        this.#planTear(after, fault, tornWeak(random));
        return;
      case 'field-loss':
        this.chip.loseFieldAfter(after);
        return;
      case 'disturbed':
        this.chip.disturbFrameAt(after);
        return;
      case 'worn':
        this.chip.failWriteAt(after);
        return;
      case 'power-cut':
        this.#cutAfter = after;
    }
  }

  /** Forgets what is planned. */
  heal(): void {
    this.chip.clearFaults();
    this.#cutAfter = null;
  }

  /** Spoils bytes of a slot, as somebody with a phone can. */
  garble(): void {
    const image = this.chip.dump();
    const slot = this.#random.below(2);
    const start = (SLOT_A + slot * LAYOUT.slotPages) * PAGE_BYTES;
    const at = start + this.#random.below(112);
    image.set(this.#random.bytes(4), at);
    this.chip.restoreUserPages(image);
  }

  #planTear(after: number, fault: CardAction['fault'], bits: Parameters<SimulatedNtag21x['tearAt']>[1]['bits']): void {
    this.#tear = `card.${fault}` as FaultKind;
    this.chip.tearAt(after, { bits });
  }

  #watched(): SimulatedNtag21x {
    return new Proxy(this.chip, {
      get: (chip, property) => {
        if (property === 'exchange') return (frame: Uint8Array) => this.#exchange(frame);
        // The chip's private fields are its own: its methods need the chip itself for `this`.
        const value: unknown = Reflect.get(chip, property, chip);
        return typeof value === 'function' ? value.bind(chip) : value;
      },
    });
  }

  #exchange(frame: Uint8Array): NtagAnswer {
    const isWrite = frame[0] === NTAG_COMMAND.write;
    const cut = isWrite && this.#countsDown();
    if (cut)
      this.#planTear(
        0,
        'power-cut',
        tornMixed(() => this.#random.fraction()),
      );
    const powered = this.chip.powered;
    const before = this.chip.transcript.at(-1);
    const answer = this.chip.exchange(frame);
    const newest = this.chip.transcript.at(-1);
    const written = newest?.index === before?.index ? undefined : newest;
    if (written !== undefined && written.page >= SLOT_A && written.page < SLOTS_END)
      this.#listener.wrote(this, ((written.page - SLOT_A) % LAYOUT.slotPages) * PAGE_BYTES, written.bytes);
    if (written?.outcome === 'torn') this.#listener.fault(this.#tear, this);
    else if (powered && !this.chip.powered) this.#listener.fault('card.field-loss', this);
    if (answer.kind === 'nak' && answer.code === 0x1) this.#listener.fault('card.disturbed', this);
    if (answer.kind === 'nak' && answer.code === 0x5) this.#listener.fault('card.worn', this);
    if (cut) this.#listener.powerCut(this);
    return answer;
  }

  #countsDown(): boolean {
    if (this.#cutAfter === null) return false;
    this.#cutAfter -= 1;
    if (this.#cutAfter >= 0) return false;
    this.#cutAfter = null;
    return true;
  }
}
