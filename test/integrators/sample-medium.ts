/**
 * A sample: a medium in one file. A wristband with an NTAG216 inside that no phone is to open as a tag, so it has no NDEF message, and more room for the ledger:
 *
 *   page 4              `57 42` ("WB"), length of the credential in bytes (2, big-endian)
 *   pages 5 – 121       credential
 *   pages 122 – 173     ledger slot A: even sequences
 *   pages 174 – 225     ledger slot B: odd sequences
 */
import type { CardContent } from '../../agent/credential/personalise.js';
import { WaslError } from '../../agent/domain/errors.js';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import type { CardSession, LedgerStore, OpenOptions, SlotIndex } from '../../drivers/medium.js';
import type { PageCard } from '../../drivers/reader.js';

/** Layout that the credential on a wristband names; one of the numbers for samples and trials. */
export const WRISTBAND_LAYOUT = 901;
/** Bytes of one ledger slot. */
export const WRISTBAND_SLOT_BYTES = 208;

const PAGE_BYTES = 4;
const HEADER_PAGE = 4;
const CREDENTIAL_PAGE = 5;
const SLOT_PAGES = [122, 174] as const;
const CREDENTIAL_BYTES_MAX = (SLOT_PAGES[0] - CREDENTIAL_PAGE) * PAGE_BYTES;
const MARK = [0x57, 0x42] as const;

/** Opens a wristband, or resolves to `null` for any other card. Rejects with `ERR_CARD_LAYOUT`, or as the reader does. */
export async function openWristband(card: PageCard, { canWrite }: OpenOptions): Promise<CardSession | null> {
  const [first, second, high = 0, low = 0] = await card.readPages(HEADER_PAGE, 1);
  if (first !== MARK[0] || second !== MARK[1]) return null;
  const length = high * 256 + low;
  if (length === 0 || length > CREDENTIAL_BYTES_MAX)
    throw new WaslError('ERR_CARD_LAYOUT', `no wristband has a credential of ${length} bytes`);
  const pages = await card.readPages(CREDENTIAL_PAGE, Math.ceil(length / PAGE_BYTES));
  return {
    kind: 'ntag216',
    layout: WRISTBAND_LAYOUT,
    uid: card.uid,
    credential: { form: 'bytes', bytes: pages.subarray(0, length) },
    ledgers: canWrite ? [ledgerOf(card)] : [],
    endorsement: { state: 'none' },
  };
}

/** Writes a new wristband. Rejects with `ERR_CARD_LAYOUT` before anything is written when the credential is too long, or as the reader does. */
export async function personaliseWristband(card: PageCard, { credential, slots }: CardContent): Promise<void> {
  const { length } = credential;
  if (length > CREDENTIAL_BYTES_MAX)
    throw new WaslError('ERR_CARD_LAYOUT', 'the credential is too long for a wristband');
  const ledger = ledgerOf(card);
  await ledger.writeSlot(0, slots[0]);
  await ledger.writeSlot(1, slots[1]);
  await writePages(card, CREDENTIAL_PAGE, credential);
  // What makes it a card goes last: one whose making was cut is none, rather than half of one.
  await card.writePage(HEADER_PAGE, Uint8Array.of(...MARK, length >> 8, length & 0xff));
}

function ledgerOf(card: PageCard): LedgerStore {
  const readSlot = (index: SlotIndex): Promise<Uint8Array> =>
    card.readPages(SLOT_PAGES[index], WRISTBAND_SLOT_BYTES / PAGE_BYTES);
  return {
    family: LEDGER_FAMILIES.ration,
    slotBytes: WRISTBAND_SLOT_BYTES,
    readSlot,
    readSlots: async () => [await readSlot(0), await readSlot(1)],
    writeSlot: async (index, image) => {
      if (image.length > WRISTBAND_SLOT_BYTES) throw new WaslError('ERR_LEDGER_FULL');
      // The first page has the CRC: as long as it is the old one, what was begun does not count.
      await writePages(card, SLOT_PAGES[index] + 1, image.subarray(PAGE_BYTES));
      await writePages(card, SLOT_PAGES[index], image.subarray(0, PAGE_BYTES));
    },
  };
}

/** One page at a time, each awaited: after a failure nothing further is written. */
async function writePages(card: PageCard, first: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
    const page = new Uint8Array(PAGE_BYTES);
    page.set(bytes.subarray(at, at + PAGE_BYTES));
    await card.writePage(first + at / PAGE_BYTES, page);
  }
}
