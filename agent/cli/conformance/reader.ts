/** The checks of a reader: that it tells of a card coming and going, reads it the same twice, and is silent when it was told to stop. */
import type { PresentedCard, Reader, ReaderEvent } from '../../../drivers/reader.js';
import { type Check, expectThat, leftOut } from '../../cards/conformance.js';
import { sameBytes } from '../../credential/cbor.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import { systemTimers } from '../../system.js';

/** How a card gets onto the reader and off it: by hand, or simulated. */
export interface Hands {
  lay(): Promise<void>;
  take(): Promise<void>;
}

/** What a reader has said, to be waited for. */
class Ear {
  readonly events: ReaderEvent[] = [];
  #waiting: (() => void) | null = null;

  readonly hear = (event: ReaderEvent): void => {
    this.events.push(event);
    this.#waiting?.();
  };

  /** The first event of a type from the `from`th on. Rejects with `ERR_CARD_TIMEOUT`. */
  async next<T extends ReaderEvent['type']>(
    type: T,
    from: number,
    timeoutMs: number,
  ): Promise<Extract<ReaderEvent, { type: T }>> {
    const find = (): ReaderEvent | undefined => this.events.slice(from).find((event) => event.type === type);
    const { promise, done } = this.#wait(() => find() !== undefined, timeoutMs);
    await promise.finally(done);
    const found = find();
    if (found === undefined)
      throw new WaslError(
        'ERR_CARD_TIMEOUT',
        `the reader did not say "${type}" within ${timeoutMs / 1000} s${this.#lastWords()}`,
      );
    return found as Extract<ReaderEvent, { type: T }>;
  }

  #lastWords(): string {
    const last = this.events.at(-1);
    return last !== undefined && 'message' in last ? `: ${last.message}` : '';
  }

  #wait(until: () => boolean, timeoutMs: number): { readonly promise: Promise<void>; readonly done: () => void } {
    let cancel: () => void = () => undefined;
    const promise = new Promise<void>((resolve) => {
      if (until()) {
        resolve();
        return;
      }
      cancel = systemTimers.after(timeoutMs, resolve);
      this.#waiting = () => {
        if (until()) resolve();
      };
    });
    return { promise, done: cancel };
  }
}

/** The checks of a reader, with hands that wait at most `timeoutMs` for whoever lays the card. */
export function readerChecks(reader: Reader, hands: Hands, timeoutMs: number): readonly Check[] {
  const ear = new Ear();
  let card: PresentedCard | null = null;
  const there = (): PresentedCard => {
    if (card === null) throw new WaslError('ERR_CARD_LOST');
    return card;
  };
  return [
    {
      name: 'starts, and says that it is ready',
      run: async () => {
        await reader.start(ear.hear);
        await ear.next('ready', 0, timeoutMs);
        return capabilitiesOf(reader);
      },
    },
    {
      name: 'tells of a card that is laid on it',
      run: async () => {
        const from = ear.events.length;
        await hands.lay();
        card = (await ear.next('presented', from, timeoutMs)).card;
        return card.kind === 'text'
          ? `a line of ${card.text.length} characters`
          : `${card.kind}, UID of ${card.uid?.length ?? 0} bytes`;
      },
    },
    { name: 'presents what it says that it can', run: async () => matches(reader, there()) },
    { name: 'reads the same twice', run: () => twice(there()) },
    { name: 'refuses a page that no card has, and goes on', run: () => refuses(there()) },
    {
      name: 'tells that the card was taken away',
      run: async () => {
        if (!reader.capabilities.removal) return leftOut('this reader cannot tell');
        const from = ear.events.length;
        await hands.take();
        await ear.next('removed', from, timeoutMs);
        return 'removed';
      },
    },
    { name: 'answers nothing of a card that is gone', run: () => gone(reader, there()) },
    {
      name: 'tells of the next card',
      run: async () => {
        const from = ear.events.length;
        await hands.lay();
        await ear.next('presented', from, timeoutMs);
        return 'presented again';
      },
    },
    {
      name: 'stops, twice, and is silent afterwards',
      run: async () => {
        await reader.stop();
        await reader.stop();
        const said = ear.events.length;
        if (reader.capabilities.removal) await hands.take();
        expectThat(ear.events.length === said, 'ERR_CARD_IO', 'it still speaks after it was stopped');
        return 'silent';
      },
    },
  ];
}

function capabilitiesOf({ capabilities }: Reader): string {
  return Object.entries(capabilities)
    .filter(([, can]) => can === true)
    .map(([name]) => name)
    .join(', ');
}

function matches({ capabilities }: Reader, card: PresentedCard): string {
  const can =
    card.kind === 'pages'
      ? capabilities.readBlocks
      : card.kind === 'text'
        ? capabilities.text
        : capabilities.apdus === true;
  expectThat(can, 'ERR_READER_UNSUPPORTED', `it presented ${card.kind}, which its capabilities deny`);
  return card.kind;
}

async function twice(card: PresentedCard): Promise<string> {
  if (card.kind !== 'pages') return leftOut('nothing to read by pages');
  const [first, second] = [await card.readPages(0, 8), await card.readPages(0, 8)];
  expectThat(sameBytes(first, second), 'ERR_CARD_IO', 'eight pages read otherwise the second time');
  const bytes = await card.readPages(4, 3);
  expectThat(bytes.length === 12, 'ERR_CARD_IO', `three pages came as ${bytes.length} bytes`);
  return '8 pages';
}

async function refuses(card: PresentedCard): Promise<string> {
  if (card.kind !== 'pages') return leftOut('nothing to read by pages');
  for (const [first, count] of [
    [255, 4],
    [-1, 1],
    [0, 0],
  ] as const) {
    const refused = await card.readPages(first, count).then(
      () => false,
      (error: unknown) => isWaslError(error),
    );
    expectThat(refused, 'ERR_CARD_IO', `it read ${count} pages from page ${first}`);
  }
  await card.readPages(3, 1);
  return 'refused with a code, and read on';
}

async function gone(reader: Reader, card: PresentedCard): Promise<string> {
  if (!reader.capabilities.removal || card.kind !== 'pages') return leftOut('nothing that could be asked');
  try {
    await card.readPages(3, 1);
  } catch (error) {
    if (isWaslError(error, 'ERR_CARD_LOST')) return 'ERR_CARD_LOST';
    throw error;
  }
  throw new WaslError('ERR_CARD_IO', 'it reads a card that was taken away');
}
