/** Where a desk stands after a card was examined or a request was carried out. Pure. */
import type { Credential } from '../domain/credential.js';
import type { Paid } from '../domain/payment.js';
import type { OfferedCard, RefusedCard } from './examine.js';
import type { StandIn } from './representing.js';
import type { Served } from './serve.js';
import type { KeptServed } from './slip-serve.js';
import type { TapState } from './states.js';

/** What is offered to the holder of a card, and to whoever collects for them. */
export function offerOf(examined: OfferedCard, tapId: string, standIn: StandIn | null): TapState {
  const { credential, programme, offered, snapshot, renewal } = examined;
  const { offer, ...claims } = offered;
  return {
    ...{ name: 'offer', tapId, credential, programme, offer, claimed: claims, snapshot },
    ...(examined.verifyPin === null ? {} : { pin: { triesLeft: null } }),
    ...(renewal === null ? {} : { renewal }),
    ...(offer.remindDays === null ? {} : { remindDays: offer.remindDays }),
    ...(standIn === null || claims.claims.representative === undefined ? {} : { standIn }),
  };
}

/** A card, or a slip, that was refused. */
export function refusedState({ code, credential, step, foreign, slip }: RefusedCard, tapId: string): TapState {
  return {
    ...{ name: 'refused', tapId, code, credential },
    ...(step === undefined ? {} : { step }),
    ...(foreign === undefined ? {} : { foreign }),
    ...(slip === undefined ? {} : { slip }),
  };
}

/** What became of a request. `tapId`: of the state that is left, where it is a refusal; `payment`: of the service that was taken back. */
export function stateAfter(
  served: Served | KeptServed,
  by: { readonly credential: Credential; readonly tapId: string; readonly payment?: Paid },
): TapState {
  const { credential, tapId: next, payment } = by;
  switch (served.result) {
    case 'granted': {
      const { event, atMs } = served;
      const { tapId, items, service } = served.intent;
      const told = service?.remindDays === undefined ? {} : { remindDays: service.remindDays };
      return { name: 'granted', tapId, credential, items, epoch: event.epoch, seq: event.seq, atMs, ...told };
    }
    case 'kept': {
      const { tapId, items, event, atMs } = served;
      return { name: 'granted', tapId, credential, items, epoch: event.epoch, seq: event.seq, atMs };
    }
    case 'voided': {
      const { tapId, items, takesBack, atMs } = served.intent;
      const servedAtMs = takesBack?.servedAtMs ?? atMs;
      const paid = payment === undefined ? {} : { payment };
      return { name: 'voided', tapId, credential, items, atMs: served.atMs, servedAtMs, ...paid };
    }
    case 'refused':
      return { name: 'refused', tapId: next, code: served.code, credential };
    case 'unresolved':
      return { name: 'unresolved', tapId: served.intent.tapId, code: served.code };
  }
}
