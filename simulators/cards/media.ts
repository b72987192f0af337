/** Cards of every medium for invented people, personalised by the code that a card desk uses. */
import { createHash } from 'node:crypto';
import { cardKeyId } from '../../agent/credential/card-proof.js';
import type { CredentialClaims } from '../../agent/credential/cwt.js';
import { issueCredential, qrText } from '../../agent/credential/issue.js';
import { cardContent, type PinSecrets } from '../../agent/credential/personalise.js';
import type { PinOwner } from '../../agent/credential/pin-codes.js';
import { ntagLayout, personaliseNtag21x } from '../../drivers/media/ntag21x.js';
import { personaliseType4, readType4Key, TYPE4_LAYOUT } from '../../drivers/media/type4.js';
import { RECORD_BYTES_MAX } from '../../drivers/media/type4-apdu.js';
import type { PresentedCard } from '../../drivers/reader.js';
import { SimulatedApduCard } from '../readers/apdu-chip.js';
import { SimulatedPageCard } from '../readers/simulated-card.js';
import { type CardOrder, claimsOf, uidOf } from '../site/population.js';
import { SimulatedNtag21x } from './ntag21x.js';
import type { NtagKind } from './ntag21x-map.js';
import { SimulatedType4, type Type4Order } from './type4.js';

/** A simulated card of any kind. */
export type SimulatedCard = SimulatedNtag21x | SimulatedType4;

/** The tag of a person: full credential on an NTAG216, reduced on an NTAG215, minimal on an NTAG213. */
export async function makeTag(kind: NtagKind, order: CardOrder): Promise<SimulatedNtag21x> {
  const layout = ntagLayout(kind);
  const uid = uidOf(order.person.serial);
  const card = SimulatedNtag21x.blank(kind, uid);
  const claims = tagClaims(kind, claimsOf(order, uid));
  const content = cardContent(claims, order.issuer, { day: order.day, slotBytes: layout.slotPages * 4 });
  card.powerCycle();
  await personaliseNtag21x(new SimulatedPageCard(card, { canWrite: true, delay: null }), layout, content);
  card.powerOff();
  return card;
}

/** The smart card of a person. Its key follows from the serial; `pin` is 4 to 8 digits, or null for none; `version` is that of the applet, `secrets` let its holder have a PIN. */
export async function makeSmartCard(
  order: CardOrder,
  how: Pick<Type4Order, 'algorithm' | 'pin' | 'version'> & { readonly secrets?: (owner: PinOwner) => PinSecrets } = {
    algorithm: 'EdDSA',
    pin: null,
  },
): Promise<SimulatedType4> {
  const { serial } = order.person;
  const secret = createHash('sha256').update(`smart card ${serial}`).digest();
  const { secrets, ...kind } = how;
  const card = SimulatedType4.blank({ ...kind, uid: uidOf(serial), secret });
  card.powerCycle();
  const presented = new SimulatedApduCard(card, null);
  const cardKey = await readType4Key(presented);
  const claims = claimsOf(order, null);
  const content = cardContent(
    { ...claims, entitlements: { ...claims.entitlements, layout: TYPE4_LAYOUT }, cardKey },
    order.issuer,
    { day: order.day, slotBytes: RECORD_BYTES_MAX },
  );
  const pin = secrets?.({ card: serial, cardKey: cardKeyId(cardKey) });
  await personaliseType4(presented, pin === undefined ? content : { ...content, pin });
  card.powerOff();
  return card;
}

/** The text of a person's QR code. */
export function makeQrText(order: CardOrder): string {
  return qrText(issueCredential(claimsOf(order, null), order.issuer));
}

/** A card as a reader that can write presents it: with power, selected. */
export function presentedCard(card: SimulatedCard | { readonly text: string }): PresentedCard {
  if ('text' in card) return { kind: 'text', text: card.text };
  card.powerCycle();
  return card instanceof SimulatedNtag21x
    ? new SimulatedPageCard(card, { canWrite: true, delay: null })
    : new SimulatedApduCard(card, null);
}

/** The card that a JSON file describes. Throws `ERR_CONFIG` that names every mistake. */
export function cardFromJSON(value: unknown): SimulatedCard {
  const isSmart = typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'type4';
  return isSmart ? SimulatedType4.fromJSON(value) : SimulatedNtag21x.fromJSON(value);
}

function tagClaims(kind: NtagKind, claims: CredentialClaims): CredentialClaims {
  const { layout } = ntagLayout(kind);
  const entitlements = { ...claims.entitlements, layout };
  if (kind === 'ntag216') return { ...claims, entitlements };
  if (kind === 'ntag215') return { ...claims, identity: { ...claims.identity, secondName: null }, entitlements };
  const { card } = entitlements;
  const nobody = { dateOfBirth: null, gender: null, secondName: null };
  return {
    ...claims,
    identity: { id: String(card), language: 'und', fullName: '', ...nobody },
    entitlements: {
      ...entitlements,
      household: 0,
      householdSize: 1,
      draws: 1,
      homeSite: 0,
      coverage: null,
      rationScheme: null,
    },
  };
}
