/**
 * The shifts of a terminal from its journal: a shift is open between two events, and is what stands between them. It outlives restarts, power cuts and pruning, since
 * the journal's state has it; its sums are made anew from the events whenever somebody asks.
 */
import type { Randomness } from '../../domain/clock.js';
import { WaslError } from '../../domain/errors.js';
import type { ChainedEvent, StockEvent, TakenItem } from '../../domain/event.js';
import {
  type OpenShift,
  SHIFT_MONEY_MAX,
  type ShiftClosedEvent,
  type ShiftOpenedEvent,
  type ShiftTally,
} from '../../domain/shift.js';
import {
  closingRefusal,
  type RunningShift,
  type ShiftCount,
  type ShiftKeeper,
  type ShiftRules,
  shiftTally,
} from '../../services/shift.js';
import { onHandOf, type StockLine, type ToldEvent } from '../../services/stock.js';
import type { Journal, JournalEntry, JournalReader, PlacedShift } from '../journal.js';
import { readRange } from './read-events.js';
import { checkStockOrder, journalBook, toldBy } from './stock.js';

const ID_BYTES = 8;

/** What a {@link ShiftKeeper} is made from. `nowMs` is the terminal's time, which never goes back. */
export interface ShiftParts {
  readonly journal: Journal;
  readonly random: Randomness;
  readonly rules: ShiftRules;
  readonly nowMs: () => number;
}

/** The keeper of a terminal's shifts. One change after the other. */
export function journalShifts(parts: ShiftParts): ShiftKeeper {
  const { journal, rules } = parts;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task);
    last = next.catch(() => undefined);
    return next;
  };
  return {
    rules,
    current: () => journal.state().shift,
    open: (order) => inTurn(() => open(parts, order)),
    running: () => running(journal),
    close: (id, count) => inTurn(() => close(parts, id, count)),
  };
}

async function open(
  { journal, random, rules, nowMs }: ShiftParts,
  { operator, float }: Pick<OpenShift, 'operator' | 'float'>,
): Promise<OpenShift> {
  if (journal.state().shift !== null) throw new WaslError('ERR_SHIFT_OPEN');
  checkMoney(float, rules);
  const atMs = nowMs();
  const shift: OpenShift = { id: Buffer.from(random.bytes(ID_BYTES)).toString('hex'), atMs, operator, float };
  const time = Math.floor(atMs / 1000);
  const event: ShiftOpenedEvent = { type: 'shift', phase: 'opened', time, shift: shift.id, operator, float };
  await journal.append([
    { kind: 'event', event },
    { kind: 'shift', shift: { step: 'opened', shift } },
  ]);
  return shift;
}

async function close(parts: ShiftParts, id: string, count: ShiftCount): Promise<ShiftClosedEvent> {
  const { journal, rules, nowMs } = parts;
  if (journal.state().shift?.id !== id) throw new WaslError('ERR_SHIFT_NONE');
  checkMoney(count.counted, rules);
  if (count.stock.length > 0) checkStockOrder({ kind: 'count', items: count.stock });
  const at = await running(journal);
  const refusal = closingRefusal(at, count, rules);
  if (refusal !== null) throw new WaslError(refusal);
  const atMs = nowMs();
  const { shift, tally } = at;
  const { counted, reason, closedBy, supervisor } = count;
  const event: ShiftClosedEvent = {
    ...{ type: 'shift', phase: 'closed', time: Math.floor(atMs / 1000), shift: id, operator: shift.operator },
    ...{ float: shift.float, openedAt: Math.floor(shift.atMs / 1000), closedBy, supervisor, tally, counted, reason },
  };
  const goods = count.stock.length === 0 ? [] : [stockCount(count, at.stock, event.time)];
  await journal.append([...goods, { kind: 'event', event }, { kind: 'shift', shift: { step: 'closed', id, atMs } }]);
  return event;
}

function stockCount(count: ShiftCount, book: readonly StockLine[], time: number): JournalEntry {
  const items = count.stock.map((item: TakenItem) => ({ ...item, before: onHandOf(book, item.commodity) }));
  const operator = count.supervisor === 0 ? count.closedBy : count.supervisor;
  const event: StockEvent = { type: 'stock', time, kind: 'count', items, reference: null, operator };
  return { kind: 'event', event };
}

async function running(journal: JournalReader): Promise<RunningShift> {
  const { shift } = journal.state();
  if (shift === null) throw new WaslError('ERR_SHIFT_NONE');
  const { epoch: _, seq: __, ...about } = shift;
  return { shift: about, tally: await tallyOf(journal, shift), stock: await journalBook(journal) };
}

async function tallyOf(journal: JournalReader, shift: PlacedShift): Promise<ShiftTally> {
  const epochs = [...journal.epochs()];
  const first = epochs.findIndex(({ name }) => name === shift.epoch);
  let isWhole = first >= 0;
  const told: ToldEvent[] = [];
  for (const [i, epoch] of epochs.entries()) {
    if (i < first) continue;
    const after = i === first ? shift.seq : 0;
    const gone = epoch.pruned ?? 0;
    isWhole &&= gone <= after && (epoch.missing ?? []).every(({ last }) => last <= after);
    const events = await readRange(journal, epoch, { first: Math.max(gone, after) + 1, last: epoch.lastSeq });
    told.push(...events.flatMap((event) => toldSince(event, shift)));
  }
  return shiftTally(told, isWhole);
}

/** What an epoch says again of the time before, for a centre that lost it, is none of the shift's: time never goes back at a terminal. */
function toldSince(chained: ChainedEvent, { atMs }: OpenShift): readonly ToldEvent[] {
  return toldBy(chained).filter(({ event }) => event.time >= Math.floor(atMs / 1000));
}

function checkMoney(sum: number | null, { takesCash }: ShiftRules): void {
  if (takesCash !== (sum !== null))
    throw new WaslError('ERR_QUANTITY', takesCash ? 'say what is in the drawer' : 'this desk takes no money');
  if (sum !== null && !(Number.isSafeInteger(sum) && sum >= 0 && sum <= SHIFT_MONEY_MAX))
    throw new WaslError('ERR_QUANTITY', `a sum of money is a whole number of minor units up to ${SHIFT_MONEY_MAX}`);
}
