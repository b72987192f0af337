/** Health records as the page shows them, and the page's commands about them. */
import { isoDay } from '../domain/calendar.js';
import { WaslError } from '../domain/errors.js';
import type { HealthRecord } from '../domain/health-record.js';
import type { HealthState, HealthTap } from '../tap/health-tap.js';
import type { HealthCommand, HealthRecordView } from './health-state.js';
import { holderOf } from './holder-views.js';
import type { BackendParts } from './parts.js';
import { reasonText } from './reason-texts.js';
import type { Screen } from './state.js';

/** What fills the screen while records are read, shown or written. */
export function healthScreen(state: HealthState, parts: Pick<BackendParts, 'areaOf'>): Screen {
  switch (state.name) {
    case 'health-reading':
      return { name: 'reading' };
    case 'health-writing':
      return { name: 'writing', tapId: state.tapId };
    case 'health-refused': {
      const { tapId, code, credential } = state;
      return { name: 'refused', tapId, code, text: reasonText(code), holder: holderOf(credential) };
    }
    case 'health': {
      const { tapId, credential, records, unreadable, writes, added, code } = state;
      return {
        ...{ name: 'health', tapId, holder: holderOf(credential), unreadable, writes, added },
        records: records.map((record) => recordView(record, parts)),
        hint: code === null ? null : { code, text: reasonText(code) },
      };
    }
  }
}

/** Whether there is a key for the records of the card on this screen. */
export function recordsKey({ tap }: Pick<BackendParts, 'tap'>): { readonly hasRecords?: true } {
  return tap.canOpenRecords?.() === true ? { hasRecords: true } : {};
}

/** Carries a command out. Rejects as `KioskBackend.command` does. */
export function carryOutHealth(
  command: HealthCommand,
  tap: Partial<Pick<HealthTap, 'openRecords' | 'addRecord'>>,
): Promise<void> {
  const wrong = (): Promise<void> => Promise.reject(new WaslError('ERR_TAP_STATE'));
  const { tapId } = command;
  if (command.type === 'open-records') return tap.openRecords?.(tapId, command.reason) ?? wrong();
  const { kind, text, answers } = command;
  const id = answers === undefined ? null : Uint8Array.from(Buffer.from(answers, 'hex'));
  return tap.addRecord?.(tapId, { kind, text: text.trim(), answers: id }) ?? wrong();
}

function recordView(
  { id, kind, day, site, role, text, answers, isConfirmed }: HealthRecord,
  { areaOf }: Pick<BackendParts, 'areaOf'>,
): HealthRecordView {
  const of = { kind, day: isoDay(day), site, area: areaOf(site), role, text, isConfirmed };
  return { id: hex(id), ...of, answers: answers === null ? null : hex(answers) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
