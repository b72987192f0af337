/** Simulated cards for `wasl conformance`, whole or broken on purpose, inside the process or behind a real pcscd of their own. */

import { openNamedReader } from '../../agent/cli/card/reader-name.js';
import { WaslError } from '../../agent/domain/errors.js';
import { systemTimers } from '../../agent/system.js';
import type { PresentedCard, Reader } from '../../drivers/reader.js';
import { blankCard, presented } from '../card-file.js';
import { SimulatedNtag21x } from '../cards/ntag21x.js';
import { SimulatedType4 } from '../cards/type4.js';
import { IsoDepOnReader } from '../readers/iso-dep-on-reader.js';
import { Type2OnReader } from '../readers/pcsc-apdu.js';
import { missingForPcscDriver, startPrivatePcscd } from '../readers/pcscd.js';
import { hasSocat, openPtyCable } from '../readers/pty.js';
import { SimulatedTwn4 } from '../readers/twn4.js';
import { VpcdSlot } from '../readers/vpcd.js';

/** The media that can be simulated for the checks of a card. */
export const SIMULATED_KINDS = ['ntag213', 'ntag215', 'ntag216', 'type4'] as const;

/** One of {@link SIMULATED_KINDS}. */
export type SimulatedKind = (typeof SIMULATED_KINDS)[number];

/** A card under test. */
export interface CardRig {
  readonly card: PresentedCard;
  readonly where: string;
  close(): Promise<void>;
}

/** A reader under test, and hands that lay a card on it and take it away. */
export interface ReaderRig {
  readonly reader: Reader;
  lay(): Promise<void>;
  take(): Promise<void>;
  close(): Promise<void>;
}

/** Write number that fails on a broken tag: in the middle of the credential or the first slot. */
const WORN_WRITE = 12;
/** Command that a broken smart card answers with an error of its memory (ISO/IEC 7816-4 table 6): one of the writes. */
const [WRONG_COMMAND, MEMORY_FAILURE] = [5, 0x6581];

function simulated(kind: SimulatedKind, isBroken: boolean): SimulatedNtag21x | SimulatedType4 {
  const card = blankCard(kind);
  if (card instanceof SimulatedNtag21x) {
    if (isBroken) card.failWriteAt(WORN_WRITE);
    return card;
  }
  if (!(card instanceof SimulatedType4)) throw new Error('these kinds are chips');
  if (isBroken) card.answerWith(WRONG_COMMAND, MEMORY_FAILURE);
  return card;
}

/** What is missing to go through a real pcscd, one sentence each. */
export async function missingForPcsc(): Promise<readonly string[]> {
  return await missingForPcscDriver();
}

/** A blank card inside the process. */
export async function cardInProcess(kind: SimulatedKind, isBroken: boolean): Promise<CardRig> {
  return { card: presented(simulated(kind, isBroken)), where: `simulated ${kind}`, close: async () => undefined };
}

/** A blank card on a virtual reader of a pcscd of its own. Rejects with `ERR_READER_UNAVAILABLE` where that cannot run. */
export async function cardOnPcsc(kind: SimulatedKind, isBroken: boolean): Promise<CardRig> {
  return await cardOn(await readerOnPcsc(kind, isBroken), `simulated ${kind} through pcscd`);
}

/** Our own TWN4 driver at one end of a pseudo-terminal, a simulated TWN4 at the other. `isBroken`: the card is. */
export async function readerOnTwn4(kind: SimulatedKind, isBroken: boolean): Promise<ReaderRig> {
  requireSocat();
  const chip = simulated(kind, isBroken);
  if (!(chip instanceof SimulatedNtag21x))
    throw new WaslError('ERR_CARD_UNSUPPORTED', 'a TWN4 presents tags: --simulated ntag213, ntag215 or ntag216');
  const cable = await openPtyCable();
  const device = new SimulatedTwn4();
  cable.listen((chunk) => void cable.send(device.feed(chunk)).catch(() => undefined));
  const reader = openNamedReader({ driver: 'twn4', path: cable.devicePath, baudRate: null });
  return {
    reader,
    lay: async () => device.present(chip),
    take: async () => device.remove(),
    close: async () => {
      await reader.stop();
      await cable.dispose();
    },
  };
}

/** A blank card on a simulated TWN4. */
export async function cardOnTwn4(kind: SimulatedKind, isBroken: boolean): Promise<CardRig> {
  return await cardOn(await readerOnTwn4(kind, isBroken), `simulated ${kind} through a TWN4`);
}

/** Our own scanner driver at one end of a pseudo-terminal; what is at the other scans `text` each time that it is asked to. Broken: at every scan it garbles the line. */
export async function scannerOnPty(text: string, isBroken: boolean): Promise<ReaderRig> {
  requireSocat();
  const cable = await openPtyCable();
  const reader = openNamedReader({ driver: 'scanner', path: cable.devicePath, baudRate: null });
  const line = Buffer.from(`${text}\r\n`);
  return {
    reader,
    lay: async () =>
      cable.send(isBroken ? Buffer.concat([line.subarray(0, 40), Buffer.of(0xff), line.subarray(41)]) : line),
    take: async () => undefined,
    close: async () => {
      await reader.stop();
      await cable.dispose();
    },
  };
}

function requireSocat(): void {
  if (!hasSocat()) throw new WaslError('ERR_READER_UNAVAILABLE', 'socat is not installed (Debian: socat)');
}

async function cardOn(rig: ReaderRig, where: string): Promise<CardRig> {
  try {
    const card = new Promise<PresentedCard>((resolve, reject) => {
      rig.reader.start((event) => event.type === 'presented' && resolve(event.card)).catch(reject);
    });
    await rig.lay();
    return { card: await card, where, close: rig.close };
  } catch (error) {
    await rig.close();
    throw error;
  }
}

/** Our own driver on a virtual reader of a pcscd of its own. */
export async function readerOnPcsc(kind: SimulatedKind, isBroken: boolean): Promise<ReaderRig> {
  const pcscd = await startPrivatePcscd();
  const [first] = pcscd.readers;
  // The driver's process gets this of our environment.
  process.env.PCSCLITE_CSOCK_NAME = pcscd.socketPath;
  const slot = new VpcdSlot(first.address, systemTimers);
  const reader = openNamedReader({ driver: 'pcsc', prefix: first.name });
  const chip = simulated(kind, isBroken);
  return {
    reader,
    lay: () => slot.insert(chip instanceof SimulatedNtag21x ? new Type2OnReader(chip) : new IsoDepOnReader(chip)),
    take: async () => slot.remove(),
    close: async () => {
      slot.remove();
      await reader.stop();
      await pcscd.stop();
    },
  };
}
