/** Holders of cards and codes as the page shows them. */
import type { ForeignCredential } from '../credential/foreign.js';
import type { Credential } from '../domain/credential.js';
import type { HolderView, IdentityView } from './state.js';

/** Who stands at the counter, from a verified credential. */
export function holderOf(credential: Credential): HolderView {
  const { identity, entitlements } = credential;
  const first = { text: identity.fullName, language: identity.language };
  return {
    names: identity.secondName === null ? [first] : [first, identity.secondName],
    householdSize: entitlements.householdSize,
    draws: entitlements.draws,
    cardEnding: endingOf(entitlements.card),
  };
}

/** Whom a code of another issuer is about. */
export function identityOf({ identity, issuer }: ForeignCredential): IdentityView {
  const { fullName, language, secondName, id } = identity;
  const named = [{ text: fullName, language }, secondName].filter((name) => name !== null);
  const names = named.flatMap((name) =>
    name.text === null ? [] : [{ text: name.text, language: name.language ?? 'und' }],
  );
  return { names, id, issuer };
}

/** The last digits of a serial, as printed on the card. */
export function endingOf(card: number): string {
  return String(card).padStart(4, '0').slice(-4);
}
