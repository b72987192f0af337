/** A simulated smart card as it comes from its maker. */
import type { CardKey } from '../../agent/domain/credential.js';
import { APPLET } from '../../drivers/media/type4-apdu.js';
import type { Type4State } from './type4-json.js';

/** How a simulated smart card is made. */
export interface Type4Order {
  /** 4, 7 or 10 bytes. */
  readonly uid: Uint8Array;
  readonly algorithm: CardKey['algorithm'];
  /** 32 bytes: Ed25519 seed, or private number of P-256. */
  readonly secret: Uint8Array;
  /** 4 to 8 digits, or null for a card without a PIN. */
  readonly pin: string | null;
  /** Of the applet: 1 has the rations' ledger alone. Default 2. */
  readonly version?: Type4State['version'];
  /** Whether its PIN can be set, changed and unblocked; default: that of one of version 2 can. */
  readonly pinCare?: boolean;
  /** Whether it has room for health records; default: one of version 2 has. */
  readonly healthRecords?: boolean;
}

/** The JSON of such a card: a key of its own, no credential, no record. */
export function blankType4(order: Type4Order): object {
  const { uid, algorithm, secret, pin, version = APPLET.families } = order;
  const { healthRecords = version >= APPLET.families, pinCare = version >= APPLET.families } = order;
  return {
    kind: 'type4',
    version,
    uid: Buffer.from(uid).toString('hex'),
    key: { algorithm, secret: Buffer.from(secret).toString('hex') },
    pin,
    ...(pinCare ? { pinCare: {} } : {}),
    ...(healthRecords ? { healthRecords: {} } : {}),
  };
}
