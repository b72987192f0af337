/** What a terminal may serve that the centre does not hear of. */
import type { OfflineStep, Programme } from '../../domain/policy.js';
import { atMost, NOTHING, type ServiceRule, when } from '../rule.js';
import type { ExposureFacts } from '../service.js';

/** The step of the ladder that is reached does not refuse. A centre that was never heard of is on the last step. */
export const offlineLadder: ServiceRule = {
  per: 'service',
  name: 'offline-ladder',
  reason: 'ERR_OFFLINE_DAYS',
  look: ({ snapshot: { programme, exposure } }) => {
    const step = stepReached(programme, exposure);
    if (step === undefined) return NOTHING;
    return when(step.permille > 0, { daysSinceContact: exposure.daysSinceContact, ...step });
  },
};

/** Units of all items together, on top of those since the last contact. */
export const offlineUnits: ServiceRule = {
  per: 'service',
  name: 'offline-units',
  reason: 'ERR_OFFLINE_LIMIT',
  look: ({ snapshot: { programme, exposure } }) => {
    const { unitsMax } = programme.offline ?? {};
    return unitsMax === undefined ? NOTHING : atMost(unitsMax - exposure.units, { units: exposure.units, unitsMax });
  },
};

/** This service, on top of those since the last contact. */
export const offlineServices: ServiceRule = {
  per: 'service',
  name: 'offline-services',
  reason: 'ERR_OFFLINE_LIMIT',
  look: ({ snapshot: { programme, exposure } }) => {
    const { servicesMax } = programme.offline ?? {};
    if (servicesMax === undefined) return NOTHING;
    return when(exposure.services < servicesMax, { services: exposure.services, servicesMax });
  },
};

/** Signed time was heard lately enough; never heard is too long ago. */
export const offlineSignedTime: ServiceRule = {
  per: 'service',
  name: 'offline-signed-time',
  reason: 'ERR_OFFLINE_DAYS',
  look: ({ snapshot: { programme, exposure } }) => {
    const { daysWithoutSignedTimeMax } = programme.offline ?? {};
    if (daysWithoutSignedTimeMax === undefined) return NOTHING;
    const { daysSinceSignedTime } = exposure;
    const isRecent = daysSinceSignedTime !== null && daysSinceSignedTime <= daysWithoutSignedTimeMax;
    return when(isRecent, { daysSinceSignedTime, daysWithoutSignedTimeMax });
  },
};

/** The last step that is reached; undefined before the first, or without a ladder. */
export function stepReached({ offline }: Programme, { daysSinceContact }: ExposureFacts): OfflineStep | undefined {
  return offline?.ladder?.findLast(({ afterDays }) => daysSinceContact === null || daysSinceContact >= afterDays);
}
