/** The transparent files of a simulated smart card: credential, endorsement, and the wrapped key to its health records. */
import { HEALTH_KEY_FILE, RECORD_BYTES_MAX, STATUS, TYPE4_FILES } from '../../drivers/media/type4-apdu.js';
import { FILE_BYTES_MAX, type Type4State } from './type4-json.js';

/** Content of the file with this short identifier; null where the card has no such file. */
export function fileContent(state: Type4State, file: number): Uint8Array | null {
  if (file === TYPE4_FILES.credential) return state.credential;
  if (file === TYPE4_FILES.endorsement) return state.endorsement;
  return file === HEALTH_KEY_FILE ? (state.healthRecords?.key ?? null) : null;
}

/** The state once `data` stands at `offset` of a file; a write at offset 0 empties it before. Else the status word that refuses it. */
export function withFile(
  state: Type4State,
  at: { readonly file: number; readonly offset: number; readonly data: Uint8Array },
): Type4State | number {
  const { file, offset, data } = at;
  const standing = fileContent(state, file);
  if (standing === null) return STATUS.noFile;
  if (file === TYPE4_FILES.credential && state.isActive) return STATUS.notAllowed;
  // The key is written by one command, so that it is there whole or not at all.
  if (file === HEALTH_KEY_FILE && (offset !== 0 || data.length > RECORD_BYTES_MAX)) return STATUS.wrongParameters;
  const before = offset === 0 ? new Uint8Array(0) : standing;
  if (offset > before.length || offset + data.length > FILE_BYTES_MAX) return STATUS.wrongParameters;
  const content = new Uint8Array(offset + data.length);
  content.set(before.subarray(0, offset));
  content.set(data, offset);
  if (file === TYPE4_FILES.credential) return { ...state, credential: content };
  if (file === TYPE4_FILES.endorsement) return { ...state, endorsement: content };
  const { healthRecords } = state;
  return healthRecords === null ? state : { ...state, healthRecords: { ...healthRecords, key: content } };
}
