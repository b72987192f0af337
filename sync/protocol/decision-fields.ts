/** What events of services have in common: goods, and the versions that a decision rests on. Published as `items` and `versions` in `docs/formats/event.cddl`. */
import type { TimeQuality } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { DecisionVersions, TakenItem } from '../../agent/domain/event.js';
import type { Fields } from './fields.js';

const TIME_QUALITIES: readonly TimeQuality[] = ['signed', 'set', 'doubtful'];
const ITEMS_MAX = 16;

/** Goods as one flat array. */
export function itemsOut(items: readonly TakenItem[]): number[] {
  return items.flatMap((item) => [item.commodity, item.quantity]);
}

/** Reads what {@link itemsOut} made. Throws `ERR_EVENT_FORMAT` for more than 16. */
export function readItems(fields: Fields): TakenItem[] {
  const inner = fields.array();
  const items: TakenItem[] = [];
  while (inner.left() > 0) {
    if (items.length === ITEMS_MAX) throw new WaslError('ERR_EVENT_FORMAT', 'the event has too many items');
    items.push({ commodity: inner.uint(), quantity: inner.uint() });
  }
  return items;
}

/** Versions of lists, and how far time could be trusted. */
export function versionsOut(versions: DecisionVersions): number[] {
  return [versions.keys, versions.hotlist, versions.policy, TIME_QUALITIES.indexOf(versions.time)];
}

/** Reads what {@link versionsOut} made. Throws as the fields do. */
export function readVersions(fields: Fields): DecisionVersions {
  const inner = fields.array();
  const versions = {
    keys: inner.uint(),
    hotlist: inner.uint(),
    policy: inner.uint(),
    time: inner.oneOf(TIME_QUALITIES),
  };
  inner.end();
  return versions;
}
