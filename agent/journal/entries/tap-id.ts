/** Ids of taps as entries of the journal have them. */
import type { Fields } from '../../../sync/protocol/fields.js';
import { WaslError } from '../../domain/errors.js';

const TAP_ID = /^[0-9a-f]{16}$/;
const TAP_ID_BYTES = 8;

/** The 8 bytes of an id. Throws `ERR_INTERNAL` for what is none. */
export function tapIdBytes(tapId: string): Uint8Array {
  if (!TAP_ID.test(tapId)) throw new WaslError('ERR_INTERNAL', 'the id of a tap is 16 hex digits');
  return Buffer.from(tapId, 'hex');
}

/** Reads what {@link tapIdBytes} made. Throws as the fields do. */
export function readTapId(fields: Fields): string {
  return Buffer.from(fields.bytes(TAP_ID_BYTES)).toString('hex');
}
