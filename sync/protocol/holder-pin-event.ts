/** The body of the event of a holder's PIN, published as `holder-pin` in `docs/formats/event.cddl`. */
import { WaslError } from '../../agent/domain/errors.js';
import { HOLDER_PIN_ACTIONS, HOLDER_PIN_STAGES, type HolderPinEvent } from '../../agent/domain/holder-pin.js';
import { reasonFromNumber, reasonNumber } from '../../agent/domain/reasons.js';
import type { Fields } from './fields.js';

/** Bytes of the id that both events of a change have. */
export const HOLDER_PIN_ID_BYTES = 8;

/** What follows the head of the event. */
export function holderPinOut({ card, id, action, stage, code, operator, supervisor }: HolderPinEvent): unknown[] {
  const reason = code === null ? 0 : reasonNumber(code);
  return [card, id, HOLDER_PIN_ACTIONS.indexOf(action), HOLDER_PIN_STAGES.indexOf(stage), reason, operator, supervisor];
}

/** Reads what {@link holderPinOut} made. Throws as the fields do, and `ERR_EVENT_FORMAT` for a stage with a reason that it cannot have. */
export function readHolderPin(time: number, fields: Fields): HolderPinEvent {
  const of = { card: fields.uint(), id: fields.bytes(HOLDER_PIN_ID_BYTES) };
  const [action, stage, reason] = [fields.oneOf(HOLDER_PIN_ACTIONS), fields.oneOf(HOLDER_PIN_STAGES), fields.uint()];
  if ((reason === 0) !== (stage === 'begun' || stage === 'done'))
    throw new WaslError('ERR_EVENT_FORMAT', 'a change of a PIN has a reason where it failed, and nowhere else');
  const code = reason === 0 ? null : reasonFromNumber(reason);
  const who = { operator: fields.uint(), supervisor: fields.uint() };
  if (action !== 'unblocked' && who.supervisor > 0)
    throw new WaslError('ERR_EVENT_FORMAT', 'a supervisor allows that a PIN is unblocked, and nothing else of it');
  return { type: 'holder-pin', time, ...of, action, stage, code, ...who };
}
