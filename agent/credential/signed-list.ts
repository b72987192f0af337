/** A signed list: how everything that comes down from the authority reaches a terminal. Published as `docs/formats/list.cddl`. */
import { WaslError } from '../domain/errors.js';
import type { Signer, Verifier } from '../domain/keys.js';
import { decodeCbor, encodeCbor, sameBytes } from './cbor.js';
import { LABELS } from './hash.js';
import { SIGNATURE_BYTES, sigStructure } from './signature.js';

/** The kinds of list. The signature covers the kind, so none passes for another. */
export const LIST_KINDS = ['keys', 'terminals', 'hotlist', 'policy', 'actions'] as const;

/** One of {@link LIST_KINDS}. */
export type ListKind = (typeof LIST_KINDS)[number];

const FORMAT_VERSION = 1;
/** Most that a list may have. A hotlist of a million serials in JSON is about 9 MB. */
export const LIST_BYTES_MAX = 16 * 1024 * 1024;
const LIMITS = { bytesMax: LIST_BYTES_MAX, depthMax: 1, itemsMax: 8 };

/** Signs a list: CBOR `[version, kind, key id, content, signature]`, the content being JSON in UTF-8. */
export function encodeList(kind: ListKind, content: unknown, authority: Signer): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(content));
  const signature = authority.sign(sigStructure(LABELS.list, payload, [kind]));
  return encodeCbor([FORMAT_VERSION, kind, authority.keyId, payload, signature]);
}

/**
 * Verifies a list and returns its content as parsed JSON, its shape not yet checked. The signature is verified before the content
 * is parsed. Throws `ERR_LIST_FORMAT` or `ERR_LIST_SIGNATURE`.
 */
export function decodeList(bytes: Uint8Array, kind: ListKind, authority: Verifier): unknown {
  const decoded = decodeCbor(bytes, LIMITS);
  const parts: readonly unknown[] = decoded.ok && Array.isArray(decoded.value) ? decoded.value : [];
  const [version, named, keyId, payload, signature] = parts;
  const sized =
    payload instanceof Uint8Array && signature instanceof Uint8Array && signature.length === SIGNATURE_BYTES;
  if (parts.length !== 5 || version !== FORMAT_VERSION || named !== kind || !sized) {
    throw new WaslError('ERR_LIST_FORMAT', `this is not a signed ${kind} list of version ${FORMAT_VERSION}`);
  }
  const known = keyId instanceof Uint8Array && sameBytes(keyId, authority.keyId);
  if (!known || !authority.verify(sigStructure(LABELS.list, payload, [kind]), signature)) {
    throw new WaslError('ERR_LIST_SIGNATURE', `the ${kind} list was not signed by the authority of this terminal`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown;
  } catch (cause) {
    throw new WaslError('ERR_LIST_FORMAT', `the ${kind} list holds no JSON`, { cause });
  }
}
