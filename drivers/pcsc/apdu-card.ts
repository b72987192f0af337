/** An ISO/IEC 14443-4 card behind a PC/SC reader, as the port's {@link ApduCard}: APDUs pass as they are, both ways. */
import { WaslError } from '../../agent/domain/errors.js';
import { type ApduCard, COMMAND_BYTES_MAX } from '../reader.js';
import type { CardLink } from './link.js';

/** Class byte of PC/SC's pseudo-APDUs: these are for the reader, and ISO/IEC 7816-4 §5.4.1 gives it to no card. */
const READER_CLASS = 0xff;

const HEADER_BYTES = 4;

/** One presented card. Made when the connection to it stands; every call after its removal rejects with `ERR_CARD_LOST`. */
export class PcscApduCard implements ApduCard {
  readonly kind = 'apdu';
  readonly uid: Uint8Array | null;
  readonly historicalBytes: Uint8Array;
  readonly #link: CardLink;

  constructor(link: CardLink, identity: Pick<ApduCard, 'uid' | 'historicalBytes'>) {
    this.uid = identity.uid;
    this.historicalBytes = identity.historicalBytes;
    this.#link = link;
  }

  /** See {@link ApduCard.transmit}. */
  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    if (!isShortApdu(apdu)) throw new WaslError('ERR_CARD_IO', 'this is no short command APDU for a card');
    const { data, status } = await this.#link.exchange(Uint8Array.from(apdu));
    return Uint8Array.of(...data, status >> 8, status & 0xff);
  }
}

/** ISO/IEC 7816-4 §5.1, cases 1 to 4 with short fields, and not for the reader. */
export function isShortApdu(apdu: Uint8Array): boolean {
  if (apdu.length < HEADER_BYTES || apdu.length > COMMAND_BYTES_MAX || apdu[0] === READER_CLASS) return false;
  const lc = apdu[HEADER_BYTES];
  if (apdu.length <= HEADER_BYTES + 1) return true;
  const end = HEADER_BYTES + 1 + (lc ?? 0);
  return lc !== 0 && (apdu.length === end || apdu.length === end + 1);
}
