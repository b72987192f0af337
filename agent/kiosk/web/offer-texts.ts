/** What the page says of papers, exemptions, proofs and money. Part of the texts of the page. */
import type { CountedTexts, Texts } from '../../domain/texts.js';

/** Plain texts, as in `TEXTS`. */
export const OFFER_TEXTS = {
  paperReferral: { ar: 'إحالة', fr: 'Orientation', en: 'Referral' },
  paperPrescription: { ar: 'وصفة', fr: 'Ordonnance', en: 'Prescription' },
  paperAppointment: { ar: 'موعد', fr: 'Rendez-vous', en: 'Appointment' },
  paperRequest: { ar: 'طلب', fr: 'Demande', en: 'Request' },
  papersOnCard: { ar: 'الأوراق على البطاقة', fr: 'Documents sur la carte', en: 'Papers on the card' },
  untilDay: { ar: 'حتى {day}', fr: 'jusqu’au {day}', en: 'until {day}' },
  paperHere: { ar: 'في هذا الموقع', fr: 'sur ce site', en: 'at this site' },
  writtenFor: { ar: 'من أجل', fr: 'Pour', en: 'For' },
  writtenWhere: { ar: 'في', fr: 'Où', en: 'Where' },
  anySite: { ar: 'أي موقع', fr: 'N’importe quel site', en: 'Any site' },
  chooseFor: { ar: 'اختر من أجل ماذا', fr: 'Choisissez pour quoi', en: 'Choose what for' },
  chooseSite: { ar: 'اختر الموقع', fr: 'Choisissez le site', en: 'Choose the site' },
  noSites: {
    ar: 'لا يوجد موقع معتمد في القوائم',
    fr: 'Aucun site agréé dans les listes',
    en: 'The lists have no accredited site',
  },
  withoutPaper: { ar: 'بدون', fr: 'Sans', en: 'None' },
  goBack: { ar: 'رجوع', fr: 'Retour', en: 'Back' },
  documentSeen: { ar: 'اطّلعت على الهوية', fr: 'Pièce d’identité vue', en: 'Identity document seen' },
  holderPin: { ar: 'الرقم السري للبطاقة', fr: 'Code de la carte', en: 'PIN of the card' },
  holderPinKey: { ar: 'السري', fr: 'Code', en: 'PIN' },
  holderPinTitle: {
    ar: 'يكتب صاحب البطاقة رقمه السري',
    fr: 'Le titulaire tape son code',
    en: 'The holder types the PIN',
  },
  price: { ar: 'السعر {sum}', fr: 'Prix {sum}', en: 'Price {sum}' },
  holderPays: { ar: 'يدفع {sum}', fr: 'À payer {sum}', en: 'To pay {sum}' },
  nothingToPay: { ar: 'لا يدفع شيئًا', fr: 'Rien à payer', en: 'Nothing to pay' },
  onlyExemption: {
    ar: 'لا يُقدَّم شيء إلا باستثناء',
    fr: 'Rien n’est servi, sauf par exception',
    en: 'Nothing can be served without an exemption',
  },
  choosePayment: { ar: 'كيف يدفع؟ {sum}', fr: 'Comment paie-t-on ? {sum}', en: 'How is it paid? {sum}' },
  payCash: { ar: 'نقدًا: استلمت {sum}', fr: 'Espèces : {sum} reçus', en: 'Cash: {sum} received' },
  payMachine: { ar: 'بطاقة أو محفظة', fr: 'Carte ou portefeuille', en: 'Card or wallet' },
  payPurse: { ar: 'من هذه البطاقة', fr: 'Depuis cette carte', en: 'From this card' },
  payPurseLeft: { ar: 'فيها {sum} ويبقى {left}', fr: '{sum}, puis il reste {left}', en: '{sum} on it, {left} after' },
  payPurseShort: { ar: 'فيها {sum} فقط', fr: '{sum} seulement', en: 'only {sum} on it' },
  payPurseCopyable: {
    ar: 'هذه البطاقة لا تحمل رصيدًا',
    fr: 'cette carte ne porte pas d’argent',
    en: 'this card holds no money',
  },
  payingTitle: { ar: 'الدفع على الجهاز', fr: 'Payer sur le terminal', en: 'Pay at the machine' },
  payingHint: {
    ar: 'ينتظر جهاز الدفع حامل البطاقة. أبقِ بطاقة الخدمة على القارئ.',
    fr: 'Le terminal de paiement attend. Laissez la carte sur le lecteur.',
    en: 'The payment machine is waiting. Keep the card on the reader.',
  },
  payingHintListed: {
    ar: 'ينتظر جهاز الدفع.',
    fr: 'Le terminal de paiement attend.',
    en: 'The payment machine is waiting.',
  },
  payingCancelled: { ar: 'جارٍ إلغاء الدفع', fr: 'Abandon du paiement…', en: 'Giving the payment up' },
  stopPaying: { ar: 'إلغاء الدفع', fr: 'Abandonner', en: 'Give up' },
  paidCash: { ar: 'دُفع نقدًا {sum}', fr: 'Payé en espèces {sum}', en: 'Paid in cash {sum}' },
  paidMachine: { ar: 'دُفع بالجهاز {sum}', fr: 'Payé au terminal {sum}', en: 'Paid at the machine {sum}' },
  paidPurse: { ar: 'دُفع من البطاقة {sum}', fr: 'Payé depuis la carte {sum}', en: 'Paid from the card {sum}' },
  returnPurse: { ar: 'عاد إلى البطاقة {sum}', fr: '{sum} rendus à la carte', en: '{sum} is back on the card' },
  returnCash: { ar: 'أعِد نقدًا {sum}', fr: 'Rendez {sum} en espèces', en: 'Give back {sum} in cash' },
  voidedListed: { ar: 'عاد إلى رصيد الشخص', fr: 'Rendu à la personne', en: 'Given back to the person' },
  returnMachine: { ar: 'يعيد جهاز الدفع {sum}', fr: 'Le terminal rend {sum}', en: 'The machine gives back {sum}' },
} as const satisfies Record<string, Texts>;

/** Texts that count something, as in `COUNTED_TEXTS`. */
export const OFFER_COUNTED_TEXTS = {
  triesLeft: {
    ar: {
      zero: 'لا محاولات باقية',
      one: 'بقيت محاولة واحدة',
      two: 'بقيت محاولتان',
      few: 'بقيت {n} محاولات',
      many: 'بقيت {n} محاولةً',
      other: 'بقيت {n} محاولة',
    },
    fr: { one: '{n} essai restant', many: '{n} d’essais restants', other: '{n} essais restants' },
    en: { one: '{n} try left', other: '{n} tries left' },
  },
} as const satisfies Record<string, CountedTexts>;
