/** What the statements of the reader suite work with: the harness that an implementation hands in, and a recorder of its events. */
import type { PresentedCard, Reader, ReaderCapabilities, ReaderEvent } from '../../drivers/reader.js';
import { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import type { NtagKind } from '../../simulators/cards/ntag21x-map.js';
import type { ApduChip } from '../../simulators/readers/apdu-chip.js';

/**
 * The outside world of one reader: what a person, a cable and a scanner do to it. Each call resolves when the world has
 * changed; the reader may notice later. A method the capabilities have no use for may do nothing.
 */
export interface ReaderRig {
  /** Lays a card on the reader, with power; one that lies there is taken away first. On a reader without `readBlocks` nothing comes of it. */
  present(card: SimulatedNtag21x): Promise<void> | void;
  /** Lays a card that takes APDUs on the reader, as {@link present}. Only called with capability `apdus`. */
  presentApdu?(chip: ApduChip): Promise<void> | void;
  /** Takes away the card that lies there, if any. */
  remove(): Promise<void> | void;
  /** Scans a code: sends the text in UTF-8 with one line end. Only called with capability `text`. */
  presentText(text: string): Promise<void> | void;
  /** Sends raw bytes over the line, as one chunk. Only called with capability `text`. */
  sendBytes(bytes: Uint8Array): Promise<void> | void;
  /** Pulls the cable: the device vanishes, with the card that lies on it. */
  unplug(): Promise<void> | void;
  /** Puts the cable back. No card lies on the reader. */
  plug(): Promise<void> | void;
}

/** One reader on its bench, plugged in, not started, with no card on it. */
export interface ReaderBench {
  readonly reader: Reader;
  readonly rig: ReaderRig;
  /** Frees everything of this bench. Called once after each statement; the reader was stopped before. */
  dispose(): Promise<void> | void;
}

/** What an implementation of the reader port hands to `describeReader`. */
export interface ReaderHarness {
  /** What the reader is to declare; chooses the statements. */
  readonly capabilities: ReaderCapabilities;
  /** A fresh bench for each statement. */
  create(): Promise<ReaderBench> | ReaderBench;
  /** How long an event may take before a statement fails; 10 s unless given. A bound, never a wait. */
  readonly eventTimeoutMs?: number;
}

const EVENT_TIMEOUT_MS = 10_000;

/** Records the events of a reader in order and hands them out one at a time. */
export class EventRecorder {
  readonly events: ReaderEvent[] = [];
  readonly #timeoutMs: number;
  #cursor = 0;
  #wake: (() => void) | null = null;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** The listener to start a reader with. */
  readonly listener = (event: ReaderEvent): void => {
    this.events.push(event);
    this.#wake?.();
  };

  /** The next event that was not handed out yet. Rejects when none comes in time. */
  async next(): Promise<ReaderEvent> {
    const event = this.events[this.#cursor];
    if (event !== undefined) {
      this.#cursor += 1;
      return event;
    }
    await this.#arrival();
    return this.next();
  }

  /** The next event, which must be of this type. */
  async expect<T extends ReaderEvent['type']>(type: T): Promise<Extract<ReaderEvent, { type: T }>> {
    const event = await this.next();
    if (!isType(event, type)) throw new Error(`expected "${type}", got ${describeEvent(event)}; ${this.#history()}`);
    return event;
  }

  /** Skips to the next event of this type. */
  async until<T extends ReaderEvent['type']>(type: T): Promise<Extract<ReaderEvent, { type: T }>> {
    for (;;) {
      const event = await this.next();
      if (isType(event, type)) return event;
    }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wake = null;
        reject(new Error(`no event within ${this.#timeoutMs} ms; ${this.#history()}`));
      }, this.#timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }

  #history(): string {
    return `so far: ${this.events.map(describeEvent).join(', ') || 'nothing'}`;
  }
}

function isType<T extends ReaderEvent['type']>(
  event: ReaderEvent,
  type: T,
): event is Extract<ReaderEvent, { type: T }> {
  return event.type === type;
}

function describeEvent(event: ReaderEvent): string {
  if (event.type === 'presented') return `presented ${describeCard(event.card)}`;
  return 'code' in event ? `${event.type} ${event.code} (${event.message})` : event.type;
}

function describeCard(card: PresentedCard): string {
  return card.kind === 'text' ? JSON.stringify(card.text.slice(0, 40)) : Buffer.from(card.uid ?? []).toString('hex');
}

/** A started bench, with what most statements need. */
export interface Running extends ReaderBench {
  readonly capabilities: ReaderCapabilities;
  readonly seen: EventRecorder;
  /** A new recorder with the bench's time-out. */
  recorder(): EventRecorder;
  /** Starts the reader with `seen` and waits for `ready`. */
  ready(): Promise<void>;
  /** Lays a card on the reader and waits until it is presented as a page card; the event must be the next one. */
  lay(card: SimulatedNtag21x): Promise<Extract<PresentedCard, { kind: 'pages' }>>;
  /** As {@link lay}, for a card that takes APDUs. */
  layApdu(chip: ApduChip): Promise<Extract<PresentedCard, { kind: 'apdu' }>>;
  /** Something that only happens after everything before it was delivered: presents a thing never seen before and waits for it on `seen`. */
  marker(seen: EventRecorder): Promise<void>;
}

/** A bench of this harness, ready for one statement. */
export async function openBench(harness: ReaderHarness): Promise<Running> {
  const bench = await harness.create();
  const recorder = () => new EventRecorder(harness.eventTimeoutMs ?? EVENT_TIMEOUT_MS);
  const seen = recorder();
  const ready = async () => {
    await bench.reader.start(seen.listener);
    await seen.until('ready');
  };
  const lay = async (card: SimulatedNtag21x) => {
    await bench.rig.present(card);
    const { card: presented } = await seen.expect('presented');
    if (presented.kind !== 'pages') throw new Error(`"${presented.kind}" was presented in place of a card with pages`);
    return presented;
  };
  const layApdu = async (chip: ApduChip) => {
    if (bench.rig.presentApdu === undefined) throw new Error('the bench has no way to lay such a card down');
    await bench.rig.presentApdu(chip);
    const { card: presented } = await seen.expect('presented');
    if (presented.kind !== 'apdu') throw new Error(`"${presented.kind}" was presented in place of a card for APDUs`);
    return presented;
  };
  let markers = 0;
  const marker = async (log: EventRecorder) => {
    markers += 1;
    const { readBlocks } = harness.capabilities;
    const card = blankCard('ntag215', 0xe0 + markers);
    const text = `marker ${markers}`;
    await (readBlocks ? bench.rig.present(card) : bench.rig.presentText(text));
    for (;;) {
      const event = await log.until('presented');
      const seenCard = event.card;
      if (
        seenCard.kind === 'text'
          ? seenCard.text === text
          : Buffer.compare(seenCard.uid ?? new Uint8Array(0), card.uid) === 0
      )
        return;
    }
  };
  return { ...bench, capabilities: harness.capabilities, seen, recorder, ready, lay, layApdu, marker };
}

/** A blank card whose UID ends in `serial`. */
export function blankCard(kind: NtagKind, serial: number): SimulatedNtag21x {
  return SimulatedNtag21x.blank(kind, Uint8Array.of(0x04, 0x51, 0x7a, 0x2c, 0x91, 0x6e, serial & 0xff));
}

/** One statement about readers: its name, and what shows it. */
export type Statement = (name: string, show: (bench: Running) => Promise<void>) => void;
