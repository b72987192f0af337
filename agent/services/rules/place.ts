/** Where it may be served, and by whom. What a commodity says of kinds of sites and roles overrides what its programme says. */
import { type ItemRule, NOTHING, type ServiceRule, when } from '../rule.js';

/** The site is of a kind that serves this. */
export const siteKind: ItemRule = {
  per: 'item',
  name: 'site-kind',
  reason: 'ERR_SITE_KIND',
  look: ({ snapshot: { programme, site }, commodity }) => {
    const kinds = commodity.siteKinds ?? programme.place?.siteKinds;
    return kinds === undefined ? NOTHING : when(kinds.includes(site.kind), { kind: site.kind, kinds: kinds.join(' ') });
  },
};

/** The site is on the list of accredited ones. */
export const siteAccredited: ServiceRule = {
  per: 'service',
  name: 'site-accredited',
  reason: 'ERR_SITE_NOT_ACCREDITED',
  look: ({ snapshot: { programme, site } }) =>
    programme.place?.accredited === true ? when(site.accredited, { site: site.number }) : NOTHING,
};

/** The programme is rolled out in the area of the site. */
export const siteArea: ServiceRule = {
  per: 'service',
  name: 'site-area',
  reason: 'ERR_SITE_AREA',
  look: ({ snapshot: { programme, site } }) => {
    const { areas } = programme.place ?? {};
    return areas === undefined ? NOTHING : when(areas.includes(site.area), { area: site.area, areas: areas.join(' ') });
  },
};

/** The site is the holder's own, or in its area, where the programme does not travel with the holder. A holder without a home site has none. */
export const siteHome: ServiceRule = {
  per: 'service',
  name: 'site-home',
  reason: 'ERR_SITE_HOME',
  look: ({ snapshot: { programme, site, holder } }) => {
    const { portability = 'any' } = programme.place ?? {};
    if (portability === 'any') return NOTHING;
    if (portability === 'area') {
      const isThere = holder.homeArea !== null && holder.homeArea === site.area;
      return when(isThere, { area: site.area, homeArea: holder.homeArea });
    }
    const isHome = holder.homeSite !== 0 && holder.homeSite === site.number;
    return when(isHome, { site: site.number, homeSite: holder.homeSite });
  },
};

/** The role of the operator allows it. */
export const operatorRole: ItemRule = {
  per: 'item',
  name: 'operator-role',
  reason: 'ERR_OPERATOR_ROLE',
  look: ({ snapshot: { programme, operator }, commodity }) => {
    const roles = commodity.roles ?? programme.place?.roles;
    return roles === undefined
      ? NOTHING
      : when(roles.includes(operator.role), { role: operator.role, roles: roles.join(' ') });
  },
};
