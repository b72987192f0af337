/** Campaigns: a list of sites, a list of persons, and persons without a card. */
import { NOTHING, type ServiceRule, when } from '../rule.js';
import { isByRosterAlone } from './scheme.js';

/** The site takes part. */
export const campaignSite: ServiceRule = {
  per: 'service',
  name: 'campaign-site',
  reason: 'ERR_SITE_KIND',
  look: ({ snapshot: { programme, site } }) => {
    const { sites } = programme.campaign ?? {};
    return sites === undefined ? NOTHING : when(sites.includes(site.name), { site: site.name });
  },
};

/** The person is on the list. */
export const campaignRoster: ServiceRule = {
  per: 'service',
  name: 'campaign-roster',
  reason: 'ERR_CAMPAIGN_NOT_LISTED',
  look: ({ snapshot: { programme, holder } }) => {
    const { roster } = programme.campaign ?? {};
    return roster === undefined ? NOTHING : when(holder.rosters.includes(roster), { roster });
  },
};

/**
 * Without a card only those are served whom the list of a campaign names, and whom it lets be served so; or who bring a slip, for what is on it (`withoutLedger`).
 * Looks at persons without a card.
 */
export const campaignCard: ServiceRule = {
  per: 'service',
  name: 'campaign-card',
  reason: 'ERR_PROGRAMME_LEDGER_REQUIRED',
  look: ({ snapshot: { programme, holder, slips = [] } }) =>
    holder.card === null ? when(isByRosterAlone(programme, holder) || slips.length > 0, { card: null }) : NOTHING,
};
