/** Screens about persons on lists. */
import type { HealthDeskState } from '../tap/health-tap.js';
import type { PersonState } from '../tap/person-tap.js';
import { giftView, handoverOf, hintOf, paidView, takenOf } from './handover-views.js';
import { offerParts, offerView } from './offer-view.js';
import type { BackendParts } from './parts.js';
import { listedEnding, listedHolder, personView, unlistedHolder } from './person-views.js';
import { reasonText } from './reason-texts.js';
import type { Screen } from './state.js';

/** The screen of a state in which the desk is busy with somebody who has no card. */
export function listedScreen(state: Extract<HealthDeskState, PersonState>, parts: BackendParts): Screen {
  const policy = parts.trust.policy();
  switch (state.name) {
    case 'search': {
      const { name, tapId, typed, found, total } = state;
      return { name, tapId, typed, found: found.map((person) => personView(person, parts.areaOf)), total };
    }
    case 'listed-offer': {
      const { tapId, person, programme } = state;
      const about = { tapId, programme: programme.title, holder: listedHolder(person) };
      return { name: 'offer', ...about, ...offerView(state, offerParts(parts)) };
    }
    case 'listed-paying': {
      const { tapId, person, amount, isCancelled, isOver } = state;
      const payment = paidView({ method: 'machine', amount }, policy);
      return { name: 'paying', tapId, holder: listedHolder(person), payment, isCancelled: isCancelled || isOver };
    }
    case 'listed-granted': {
      const { tapId, person, epoch, seq, atMs, items } = state;
      const holder = listedHolder(person);
      const handover = handoverOf({ tapId, epoch, seq, atMs, items, ending: holder.cardEnding }, parts);
      return { name: 'granted', tapId, holder, handover: { ...handover, isListed: true } };
    }
    case 'listed-refused': {
      const { tapId, code, person, given } = state;
      const gift = given === undefined ? undefined : parts.journal.state().undispensedGifts.get(given);
      const open = gift === undefined ? {} : { given: giftView(gift, parts) };
      const holder = person === null ? null : listedHolder(person);
      return { name: 'refused', tapId, code, text: reasonText(code), holder, ...open };
    }
    case 'listed-authorise': {
      const { tapId, gift, code } = state;
      const about = { handover: giftView(gift, parts), supervisors: parts.supervisors.here(), hint: hintOf(code) };
      return { name: 'authorise', tapId, ...about };
    }
    case 'listed-voided': {
      const { tapId, person, gift, payment } = state;
      const holder = person === null ? unlistedHolder(listedEnding(gift, parts.tap.personOf)) : listedHolder(person);
      const paid = payment === undefined ? {} : { paid: paidView(payment, policy) };
      return { name: 'voided', tapId, holder, taken: takenOf(gift.given.items, policy), ...paid };
    }
  }
}
