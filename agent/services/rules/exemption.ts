/** Named exemptions. These look where the operator claims one. */
import type { Exemption } from '../../domain/policy.js';
import { type Finding, NOTHING, type ServiceLook, type ServiceRule, when } from '../rule.js';
import type { ServiceSnapshot } from '../service.js';

/** The programme has such an exemption. */
export const exemption: ServiceRule = {
  per: 'service',
  name: 'exemption',
  reason: 'ERR_EXEMPTION',
  look: ({ snapshot, request }) =>
    request.exemption === undefined
      ? NOTHING
      : when(exemptionOf(snapshot, request.exemption) !== undefined, { exemption: request.exemption }),
};

/** The role of the operator may claim it. */
export const exemptionRole: ServiceRule = {
  per: 'service',
  name: 'exemption-role',
  reason: 'ERR_EXEMPTION',
  look: (at) =>
    claimed(at, ({ id, roles }) => {
      const { role } = at.snapshot.operator;
      return when(roles.includes(role), { exemption: id, role, roles: roles.join(' ') });
    }),
};

/** A supervisor allows it, where one has to. */
export const exemptionSupervisor: ServiceRule = {
  per: 'service',
  name: 'exemption-supervisor',
  reason: 'ERR_EXEMPTION',
  look: (at) =>
    claimed(at, ({ id, supervisor }) => {
      const present = at.request.supervisor ?? 0;
      return supervisor ? when(present > 0, { exemption: id, supervisor: present }) : NOTHING;
    }),
};

/** It was not claimed too often at this terminal today. */
export const exemptionDay: ServiceRule = {
  per: 'service',
  name: 'exemption-day',
  reason: 'ERR_EXEMPTION_LIMIT',
  look: (at) =>
    claimed(at, ({ id, number, perDayMax }) => {
      const { exemptionsToday } = at.snapshot.exposure;
      const count = exemptionsToday.find((one) => one.exemption === number)?.count ?? 0;
      return when(count < perDayMax, { exemption: id, count, perDayMax });
    }),
};

/** The exemption that a number stands for. */
export function exemptionOf({ programme }: ServiceSnapshot, number: number | undefined): Exemption | undefined {
  return programme.exemptions?.find((one) => one.number === number);
}

function claimed(at: ServiceLook, look: (exemption: Exemption) => readonly Finding[]): readonly Finding[] {
  const found = exemptionOf(at.snapshot, at.request.exemption);
  return found === undefined ? NOTHING : look(found);
}
