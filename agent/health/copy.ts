/**
 * The centre's copy of a health record: all of it, sealed to the health authority. Published as `health-copy` in `docs/formats/event.cddl`:
 *
 *   seal(["wasl/health-copy/1", card, id, content])
 */
import { openSealed, type SealKey, seal } from '../../sync/protocol/seal.js';
import { decodeCbor, encodeCbor } from '../credential/cbor.js';
import { LABELS } from '../credential/hash.js';
import type { Randomness } from '../domain/clock.js';
import { HEALTH_ID_BYTES, type HealthContent } from '../domain/health-record.js';
import { decodeContent, encodeContent } from './record.js';

const LIMITS = { bytesMax: 256, depthMax: 1, itemsMax: 8 };

/** A copy, opened. */
export interface HealthCopy {
  readonly card: number;
  readonly id: Uint8Array;
  readonly content: HealthContent;
}

/** Seals a copy. Throws `ERR_HEALTH_ROOM` for a content that no reader would take back. */
export function sealCopy(copy: HealthCopy, authorityPublicKey: Uint8Array, random: Randomness): Uint8Array {
  const { card, id, content } = copy;
  return seal(encodeCbor([LABELS.healthCopy, card, id, encodeContent(content)]), authorityPublicKey, random);
}

/** Opens a copy; null where it was not sealed to any of `keys`, was changed, or holds something else. */
export function openCopy(sealed: Uint8Array, keys: readonly SealKey[]): HealthCopy | null {
  const plain = openSealed(sealed, keys);
  const decoded = plain === null ? null : decodeCbor(plain, LIMITS);
  if (decoded?.ok !== true || !Array.isArray(decoded.value) || decoded.value.length !== 4) return null;
  const [label, card, id, payload] = decoded.value as readonly unknown[];
  if (label !== LABELS.healthCopy || typeof card !== 'number' || !(id instanceof Uint8Array)) return null;
  if (id.length !== HEALTH_ID_BYTES || !(payload instanceof Uint8Array)) return null;
  const content = decodeContent(payload);
  return content === null ? null : { card, id, content };
}
