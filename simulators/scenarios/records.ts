/** Health records in a story: opened, written to, and closed again. */
import type { HealthReason, HealthRecord } from '../../agent/domain/health-record.js';
import type { HealthDeskState, HealthDraft } from '../../agent/tap/health-tap.js';
import type { PinTap } from '../../agent/tap/pin-tap.js';

/** What somebody does with the records of a card. */
export interface RecordsWish {
  /** Absent: for treatment. */
  readonly reason?: HealthReason;
  /** What is added, once those that are shown were read; absent: nothing. */
  readonly add?: (shown: readonly HealthRecord[]) => readonly HealthDraft[];
  /** Id of the programme that the card is laid down for; absent: the first that the terminal serves. */
  readonly programme?: string;
}

/** A laboratory answers the requests that it is shown, all with this. */
export function answered(text: string): NonNullable<RecordsWish['add']> {
  return (shown) =>
    shown
      .filter(({ kind }) => kind === 'laboratory-request')
      .map(({ id }) => ({ kind: 'laboratory-result', text, answers: id }));
}

/** Opens the records of the card that lies there, adds to them, and takes the card away. Resolves to what the screen showed last of them. */
export async function writeRecords(tap: PinTap, wish: RecordsWish): Promise<HealthDeskState> {
  const below = tap.state();
  if (below.name === 'offer' || below.name === 'refused')
    await tap.openRecords(below.tapId, wish.reason ?? 'treatment');
  const opened = tap.state();
  if (opened.name === 'health')
    for (const draft of wish.add?.(opened.records) ?? []) await tap.addRecord(opened.tapId, draft);
  // No PIN is worked on meanwhile.
  const end = tap.state() as HealthDeskState;
  if (end.name === 'health') await tap.cancel(end.tapId);
  if (end.name === 'health-refused') await tap.dismiss(end.tapId);
  const left = tap.state();
  if (left.name === 'offer') await tap.cancel(left.tapId);
  if (left.name === 'refused') await tap.dismiss(left.tapId);
  tap.removed();
  return end;
}
