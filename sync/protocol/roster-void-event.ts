/** The body of the event that a service to a person without a card was taken back, published as `roster-void` in `docs/formats/event.cddl`. */
import { WaslError } from '../../agent/domain/errors.js';
import type { RosterVoidEvent } from '../../agent/domain/event.js';
import { itemsOut, readItems, readVersions, versionsOut } from './decision-fields.js';
import type { Fields } from './fields.js';
import { detailsOut, readDetails } from './service-details.js';

const MARK_BYTES = 8;
const MARK = /^[0-9a-f]{16}$/;

/** What follows the head of the event. Throws `ERR_EVENT_FORMAT` for a mark that is none. */
export function rosterVoidOut(event: RosterVoidEvent): unknown[] {
  const { roster, person, programme, items, versions, operator, supervisor, voided, servedAt, details } = event;
  if (!MARK.test(voided)) throw new WaslError('ERR_EVENT_FORMAT', 'what is taken back is named by 16 hex digits');
  return [
    ...[roster, person, programme, itemsOut(items), versionsOut(versions), operator, supervisor],
    ...[Buffer.from(voided, 'hex'), servedAt, ...detailsOut(details)],
  ];
}

/** Reads what {@link rosterVoidOut} made. Throws as the fields do. */
export function readRosterVoid(time: number, fields: Fields): RosterVoidEvent {
  return {
    type: 'roster-void',
    time,
    roster: fields.uint(),
    person: fields.uint(),
    programme: fields.uint(),
    items: readItems(fields),
    versions: readVersions(fields),
    operator: fields.uint(),
    supervisor: fields.uint(),
    voided: Buffer.from(fields.bytes(MARK_BYTES)).toString('hex'),
    servedAt: fields.uint(),
    ...readDetails(fields),
  };
}
