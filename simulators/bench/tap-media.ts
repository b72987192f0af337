/**
 * What a verified decision costs on each medium: exchanges and bytes between the real PC/SC driver and a simulated reader with a simulated
 * card on it, from the first question (the UID) to the decision, and from the clerk's word to the verified record.
 */
import type { Signer } from '../../agent/credential/signature.js';
import { PcscReader } from '../../drivers/pcsc/reader.js';
import type { PresentedCard } from '../../drivers/reader.js';
import { makeQrText, makeSmartCard, makeTag, type SimulatedCard } from '../cards/media.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { IsoDepOnReader } from '../readers/iso-dep-on-reader.js';
import { Type2OnReader } from '../readers/pcsc-apdu.js';
import type { VirtualCard } from '../readers/vpcd.js';
import { people } from '../site/population.js';
import { BENCH_DAY, BENCH_SEC, benchDesk } from './tap-desk.js';

/** What one way of talking to a medium costs. */
export interface MediumCost {
  /** Exchanges with the reader up to the decision, the one for the UID among them. */
  readonly exchanges: number;
  /** Bytes of commands and answers up to the decision. */
  readonly bytes: number;
  /** What the decision was. */
  readonly decision: 'offer' | 'identity';
  /** Exchanges from the clerk's word to the verified record; none where nothing is written. */
  readonly grantExchanges: number;
  readonly grantBytes: number;
}

/** A QR code: lines and characters up to the decision. */
export interface QrCost {
  readonly lines: number;
  readonly characters: number;
  readonly decision: 'identity';
}

/** Every medium. */
export interface MediaCosts {
  readonly ntag216: { readonly fastRead: MediumCost; readonly read16: MediumCost };
  readonly ntag215: { readonly fastRead: MediumCost; readonly read16: MediumCost };
  readonly ntag213: { readonly fastRead: MediumCost; readonly read16: MediumCost };
  readonly type4: { readonly apdu: MediumCost };
  readonly qr: QrCost;
}

const READER = { readBlocks: true, writeBlocks: true, text: false, removal: true, apdus: true };
const NAME = 'Bench Reader 00 00';
/** Nothing in a bench waits: no deadline ever passes. */
const NO_TIMERS = { after: () => () => {} };

/** Measures all of them. Each card has been served twice before, so that both slots hold records of a terminal. */
export async function benchMedia(keys: { readonly issuer: Signer; readonly terminal: Signer }): Promise<MediaCosts> {
  const [person] = people(1);
  if (person === undefined) throw new Error('there is nobody');
  const order = { person, issuer: keys.issuer, issuedAt: BENCH_SEC - 60, expiresAt: BENCH_SEC + 1e8, day: BENCH_DAY };
  const tag = async (kind: 'ntag216' | 'ntag215' | 'ntag213') => ({
    fastRead: await costOf(keys, await makeTag(kind, order), true),
    read16: await costOf(keys, await makeTag(kind, order), false),
  });
  return {
    ntag216: await tag('ntag216'),
    ntag215: await tag('ntag215'),
    ntag213: await tag('ntag213'),
    type4: { apdu: await costOf(keys, await makeSmartCard(order), true) },
    qr: await qrCost(keys, makeQrText(order)),
  };
}

async function costOf(
  keys: { readonly issuer: Signer; readonly terminal: Signer },
  card: SimulatedCard,
  passesThrough: boolean,
): Promise<MediumCost> {
  const desk = await benchDesk(keys);
  const counts = { exchanges: 0, bytes: 0 };
  let cost: MediumCost | null = null;
  // The first two taps are for the slots; a reader that was unplugged is asked anew what it can do.
  for (let round = 0; round < 3; round += 1) {
    Object.assign(counts, { exchanges: 0, bytes: 0 });
    desk.clock.ms += 86_400_000;
    const onReader =
      card instanceof SimulatedNtag21x ? new Type2OnReader(card, { passesThrough }) : new IsoDepOnReader(card);
    const { presented, stop } = await presentThroughPcsc(onReader, counts);
    await desk.tap.present(presented, READER);
    const { exchanges, bytes } = counts;
    const state = desk.tap.state();
    if (state.name === 'offer') {
      await desk.tap.confirm(state.tapId, [{ commodity: 1, quantity: 1 }]);
      const after = desk.tap.state();
      if (after.name !== 'granted') throw new Error(`it is granted, not ${after.name}`);
      await desk.tap.handover(after.tapId);
    } else if (state.name !== 'refused' || state.credential === null) {
      throw new Error(`the credential holds, but the tap is ${state.name}`);
    }
    const decision = state.name === 'offer' ? 'offer' : 'identity';
    cost = {
      exchanges,
      bytes,
      decision,
      grantExchanges: counts.exchanges - exchanges,
      grantBytes: counts.bytes - bytes,
    };
    await stop();
  }
  await desk.close();
  if (cost === null) throw new Error('nothing was measured');
  return cost;
}

/** Lays a card on a reader behind the real driver, and counts what passes between them. */
async function presentThroughPcsc(
  card: VirtualCard,
  counts: { exchanges: number; bytes: number },
): Promise<{ presented: PresentedCard; stop: () => Promise<void> }> {
  const reader = new PcscReader({
    timers: NO_TIMERS,
    load: async () => ({
      open: async (listener) => {
        listener({ type: 'attached', reader: NAME });
        listener({ type: 'card', reader: NAME, atr: card.atr });
        return {
          connect: async () => card.powerOn(),
          disconnect: async () => {},
          transmit: async (_reader, command) => {
            const answer = await card.transmit(command);
            counts.exchanges += 1;
            counts.bytes += command.length + answer.length;
            return answer;
          },
          close: async () => {},
        };
      },
    }),
  });
  const presented = await new Promise<PresentedCard>((resolve, reject) => {
    reader
      .start((event) => {
        if (event.type === 'presented') resolve(event.card);
        if (event.type === 'error' || event.type === 'unavailable') reject(new Error(event.message));
      })
      .catch(reject);
  });
  return { presented, stop: () => reader.stop() };
}

async function qrCost(keys: { readonly issuer: Signer; readonly terminal: Signer }, text: string): Promise<QrCost> {
  const desk = await benchDesk(keys);
  await desk.tap.present({ kind: 'text', text }, { ...READER, readBlocks: false, writeBlocks: false, text: true });
  const state = desk.tap.state();
  await desk.close();
  if (state.name !== 'refused' || state.credential === null) throw new Error('the credential of the code holds');
  return { lines: 1, characters: text.length, decision: 'identity' };
}
