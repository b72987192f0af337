/** What the authority remembers of a card that it issued: read from the card itself, whose dump is all that a scenario keeps. */
import { decodeSign1 } from '../../agent/credential/cose.js';
import { decodeClaims } from '../../agent/credential/cwt.js';
import { credentialName } from '../../agent/credential/endorsement.js';
import { WaslError } from '../../agent/domain/errors.js';
import { openMedium } from '../../drivers/media/open.js';
import type { IssuedCard } from '../../sync/authority/issued-cards.js';
import { presented, type SimulatedCard } from '../card-file.js';

/** Reads it. Rejects with `ERR_INTERNAL` for a card that no scenario issues. */
export async function issuedCard(card: SimulatedCard): Promise<IssuedCard> {
  const { credential, uid } = await openMedium(presented(card), { canWrite: true });
  const sign1 = credential.form === 'bytes' ? decodeSign1(credential.bytes) : null;
  const read = sign1?.ok === true ? decodeClaims(sign1.sign1.payload) : null;
  if (uid === null || sign1?.ok !== true || read?.ok !== true)
    throw new WaslError('ERR_INTERNAL', 'the card holds no credential of its own');
  const { issuedAt, expiresAt, entitlements } = read.claims;
  const { card: serial, householdSize, draws } = entitlements;
  return {
    ...{ card: serial, owner: hex(uid), credential: hex(credentialName(sign1.sign1.payload)) },
    ...{ issuedAt, expiresAt, householdSize, draws },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
