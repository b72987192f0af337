import type { Words } from './words.js';

/** A policy in French. */
export const frenchWords: Words = {
  day: { one: 'jour', other: 'jours' },
  month: 'mois',
  service: { one: 'service', other: 'services' },
  unit: { one: 'unité', other: 'unités' },
  per: { member: 'par personne', household: 'par ménage', card: 'par carte' },
  every: { day: 'par jour', month: 'par mois', year: 'par an', once: 'une fois pour toutes' },
  paper: { referral: 'orientation', prescription: 'ordonnance', appointment: 'rendez-vous', request: 'demande' },
  factor: { pin: 'code PIN', 'id-document': 'pièce d’identité', 'representative-card': 'carte du représentant' },
  every_class: 'toutes les classes',
  everybody: 'Tous',
  holder: {
    scheme: (list) => `régime ${list}`,
    plan: (list) => `plan ${list}`,
    class: (list) => `classe ${list}`,
  },
  validity: ['remplie', 'bloque'],
  schemes: (list) => `Pour les cartes du régime ${list}.`,
  plan: (plan, classes) => `Pour les assurés du plan ${plan}, ${classes}.`,
  waiting: (days) => `La couverture vaut ${days} après l’émission de la carte.`,
  siteKinds: (list) => `Servi dans : ${list}.`,
  accredited: () => 'Servi dans les seuls sites agréés.',
  areas: (list) => `Déployé à : ${list}.`,
  home: (where) =>
    where === 'home'
      ? 'Servi au seul site de rattachement du titulaire.'
      : where === 'area'
        ? 'Servi dans la zone du site de rattachement.'
        : 'Servi partout, quel que soit le site de rattachement.',
  roles: (list) => `Fait par : ${list}.`,
  dates: (from, until) =>
    `En vigueur${from === null ? '' : ` du ${from}`}${until === null ? '' : ` jusqu’au ${until}`}.`,
  campaignSites: (list) => `Campagne dans ces sites : ${list}.`,
  roster: (name, withoutCard) => `Pour les personnes de la liste « ${name} »${withoutCard ? ', même sans carte' : ''}.`,
  doubtful: (most, said) =>
    most === 0
      ? 'Rien pour une carte dont l’enregistrement est douteux.'
      : `Au plus ${said} de chaque pour une carte dont l’enregistrement est douteux.`,
  copyable: (most, said) =>
    most === 0
      ? 'Rien pour une carte qui peut être copiée.'
      : `Au plus ${said} de chaque par jour pour une carte qui peut être copiée.`,
  voids: (minutes, perDay) =>
    `Un superviseur peut annuler un service pendant ${minutes} minutes, ${perDay} fois par jour.`,
  offlineUnits: (units) => `Un terminal sert au plus ${units} sans le centre.`,
  offlineServices: (services) => `Un terminal fait au plus ${services} sans le centre.`,
  ladder: (days, rate) => `Après ${days} sans le centre : ${rate} du quota du jour.`,
  signedTime: (days) => `Rien après ${days} sans heure signée.`,
  factorRule: (when, accepts) => `Le titulaire prouve son identité ${when} : ${accepts}.`,
  factorMedia: (media) => `sur ${media}`,
  factorUnits: (units) => `à partir de ${units}`,
  factorPurse: (sum) => `pour ${sum} ou plus payés depuis la carte`,
  representatives: (who, services) =>
    `${who === 'household' ? 'Une personne du ménage' : 'La personne désignée'} peut retirer pour le titulaire, au plus ${services} par mois.`,
  exemption: (name, { roles, perDay, supervisor }) =>
    `Dérogation « ${name} » : demandée par ${roles}${supervisor ? ' avec un superviseur' : ''}, au plus ${perDay} fois par jour et par terminal ; chacune est contrôlée.`,
  trial: () => 'Essai : sans effet sur aucun droit.',
  account: (name, kind, max) =>
    kind === 'amount'
      ? `La carte garde « ${name} », au plus ${max}.`
      : kind === 'until'
        ? `La carte garde une date, « ${name} ».`
        : `La carte garde une marque, « ${name} ».`,
  quota: (amount, per, every) => `Au plus ${amount} ${per} et ${every}.`.replace(' et une', ', une'),
  quotaLine: (who, amount, each) => `${who} : ${amount} ${each} à la place.`,
  convert: (each, account) => `Chaque unité non retirée en fin de mois devient ${each} dans « ${account} ».`,
  accumulate: (max, account) => `Ce qui n’est pas retiré en fin de mois reste dans « ${account} », au plus ${max}.`,
  ahead: (days) => `Peut être retiré ${days} à l’avance.`,
  needs: (account, { kind, value, except }) => {
    const what =
      kind === 'amount'
        ? `au moins ${value} dans « ${account} »`
        : kind === 'until'
          ? `« ${account} » non dépassé${value === null ? '' : ` de plus de ${value}`}`
          : `la marque « ${account} »`;
    return `Exige ${what}${except === null ? '' : `, sauf pour la classe ${except}`}.`;
  },
  gives: (account, what) => `Ajoute ${what} à « ${account} ».`,
  costs: (account, what) => `Retire ${what} de « ${account} ».`,
  purse: (account) => `Le titulaire peut payer depuis « ${account} », sur une carte qui ne peut pas être copiée.`,
  price: (sum) => `Coûte ${sum} l’unité.`,
  copayment: (who, part, max) =>
    `${who} : le titulaire paie ${part}${max === null ? '' : `, au plus ${max} par service`}.`,
  consumes: (paper, exemptions) =>
    `Exige le document « ${paper} » et l’utilise${exemptions === null ? '' : ` ; ou la dérogation ${exemptions}`}.`,
  writes: (paper, rule) =>
    `Écrit le document « ${paper} » pour ${rule.for}, au plus ${rule.most}, valable ${rule.days}${rule.choose === null ? '' : ` ; le titulaire choisit le site (${rule.choose})`}.`,
  slip: (paper) =>
    `Là où aucun registre ne peut le prendre, le document « ${paper} » est imprimé sur un billet signé, et ces billets sont acceptés.`,
};
