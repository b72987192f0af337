/** Why somebody is not served, in the words a clerk can repeat to the holder: what is wrong, and what to do. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { Texts } from '../domain/texts.js';
import { SERVICE_REASONS } from './service-reason-texts.js';

const DAMAGED: Texts = {
  ar: 'بيانات البطاقة غير سليمة. أرسل حاملها إلى مكتب البطاقات لاستبدالها.',
  fr: 'Les données de la carte sont endommagées. Envoyez le titulaire au bureau des cartes pour la remplacer.',
  en: 'The data on the card is damaged. Send the holder to the card office to have it replaced.',
};
const FORGED: Texts = {
  ar: 'هذه البطاقة لم تصدرها الجهة المختصة. لا تصرف شيئًا.',
  fr: 'Cette carte n’a pas été émise par l’autorité. Ne remettez rien.',
  en: 'This card was not issued by the authority. Hand over nothing.',
};
const AGAIN: Texts = {
  ar: 'لم تُقرأ البطاقة. ضعها على القارئ مرة أخرى ولا ترفعها.',
  fr: 'La carte n’a pas été lue. Posez-la de nouveau sur le lecteur et laissez-la.',
  en: 'The card was not read. Put it on the reader again and leave it there.',
};
const TERMINAL: Texts = {
  ar: 'يتعذر التسجيل على هذا الجهاز الآن. لم يُخصم شيء من البطاقة. اتصل بالمشرف.',
  fr: 'Ce terminal ne peut rien enregistrer. Rien n’a été débité. Appelez le superviseur.',
  en: 'This terminal cannot record anything now. Nothing was taken from the card. Call the supervisor.',
};
const OTHER_IMAGE: Texts = {
  ar: 'محتوى البطاقة أقدم مما سُجّل عليها، أو توجد نسخة منها. لا تصرف شيئًا وأبلغ المشرف.',
  fr: 'Le contenu de la carte est plus ancien que celui enregistré, ou elle a été copiée. Ne remettez rien et prévenez le superviseur.',
  en: 'The card shows less than was recorded on it, or a copy of it exists. Hand over nothing and tell the supervisor.',
};

const NEWER: Texts = {
  ar: 'البطاقة أحدث من هذا الجهاز. يجب تحديث الجهاز؛ اتصل بالمشرف.',
  fr: 'La carte est plus récente que ce terminal. Le terminal doit être mis à jour ; appelez le superviseur.',
  en: 'The card is newer than this terminal. The terminal must be updated; call the supervisor.',
};

/** What a card other than the one that is waited for is answered with. */
export const ANOTHER_CARD: Texts = {
  ar: 'هذه بطاقة أخرى، ولم يتغير عليها شيء.',
  fr: 'C’est une autre carte ; rien n’y a changé.',
  en: 'This is another card; nothing on it has changed.',
};

const REASONS: Partial<Record<ErrorCode, Texts>> = {
  ...SERVICE_REASONS,
  ERR_CREDENTIAL_KEY_UNKNOWN: FORGED,
  ERR_CREDENTIAL_SIGNATURE: FORGED,
  ERR_CREDENTIAL_ALGORITHM: FORGED,
  ERR_CREDENTIAL_KEY_SCOPE: {
    ar: 'هذه البطاقة ليست لهذا البرنامج.',
    fr: 'Cette carte n’est pas valable pour ce programme.',
    en: 'This card is not for this programme.',
  },
  ERR_CREDENTIAL_KEY_EXPIRED: FORGED,
  ERR_CREDENTIAL_VERSION: NEWER,
  ERR_LEDGER_VERSION: NEWER,
  ERR_CREDENTIAL_NOT_YET_VALID: {
    ar: 'لم يبدأ سريان البطاقة بعد.',
    fr: 'La carte n’est pas encore valable.',
    en: 'The card is not valid yet.',
  },
  ERR_CREDENTIAL_EXPIRED: {
    ar: 'انتهت صلاحية البطاقة. أرسل حاملها إلى مكتب البطاقات لتجديدها.',
    fr: 'La carte a expiré. Envoyez le titulaire au bureau des cartes pour la renouveler.',
    en: 'The card has expired. Send the holder to the card office to renew it.',
  },
  ERR_CREDENTIAL_MEDIUM: {
    ar: 'البيانات منسوخة من بطاقة أخرى. لا تصرف شيئًا وأبلغ المشرف.',
    fr: 'Les données ont été copiées d’une autre carte. Ne remettez rien et prévenez le superviseur.',
    en: 'The data was copied from another card. Hand over nothing and tell the supervisor.',
  },
  ERR_CREDENTIAL_HOTLISTED: {
    ar: 'البطاقة موقوفة. أرسل حاملها إلى مكتب البطاقات.',
    fr: 'La carte est bloquée. Envoyez le titulaire au bureau des cartes.',
    en: 'The card is blocked. Send the holder to the card office.',
  },
  ERR_CARD_UNSUPPORTED: {
    ar: 'هذا النوع من البطاقات غير مدعوم.',
    fr: 'Ce type de carte n’est pas pris en charge.',
    en: 'This kind of card is not supported.',
  },
  ERR_CARD_EMPTY: { ar: 'البطاقة فارغة.', fr: 'La carte est vierge.', en: 'The card is blank.' },
  ERR_CARD_LOST: AGAIN,
  ERR_CARD_IO: AGAIN,
  ERR_CARD_TIMEOUT: AGAIN,
  ERR_CARD_CHANGED: AGAIN,
  ERR_CARD_WRITE: {
    ar: 'ضع البطاقة نفسها على القارئ مرة أخرى حتى تكتمل العملية. لا تسلّم شيئًا قبل الشاشة الخضراء.',
    fr: 'Posez de nouveau la même carte pour terminer. Ne remettez rien avant l’écran vert.',
    en: 'Put the same card on the reader again to finish. Hand over nothing before the screen is green.',
  },
  ERR_CARD_PROOF: OTHER_IMAGE,
  ERR_LEDGER_OLD_IMAGE: OTHER_IMAGE,
  ERR_LEDGER_FORKED: OTHER_IMAGE,
  ERR_LEDGER_DAMAGED: DAMAGED,
  ERR_LEDGER_ENDED: {
    ar: 'استُبدلت هذه البطاقة ببطاقة أخرى. اطلب من حاملها البطاقة الجديدة.',
    fr: 'Cette carte a été remplacée par une autre. Demandez au titulaire sa nouvelle carte.',
    en: 'This card has been replaced by another one. Ask the holder for the new card.',
  },
  ERR_LEDGER_UNTRUSTED: {
    ar: 'آخر تسجيل على البطاقة ليس من جهاز معروف. لا تصرف شيئًا وأبلغ المشرف.',
    fr: 'Le dernier enregistrement de la carte ne vient pas d’un terminal connu. Ne remettez rien et prévenez le superviseur.',
    en: 'The last record on the card is not from a known terminal. Hand over nothing and tell the supervisor.',
  },
  ERR_PROGRAMME_UNKNOWN: TERMINAL,
  ERR_PROGRAMME_NOT_ENTITLED: {
    ar: 'البطاقة غير مسجلة في هذا البرنامج.',
    fr: 'La carte n’est pas inscrite à ce programme.',
    en: 'The card is not enrolled in this programme.',
  },
  ERR_PROGRAMME_FOREIGN: {
    ar: 'هذا الرمز من جهة أخرى: يثبت هوية حامله، ولا يُصرف به شيء هنا. اطلب بطاقة هذا البرنامج.',
    fr: 'Ce code vient d’un autre organisme : il prouve l’identité, et rien ne se retire avec lui ici. Demandez la carte du programme.',
    en: 'This code is of another authority: it proves the identity, and nothing can be drawn with it here. Ask for the card of this programme.',
  },
  ERR_READER_UID_ONLY: {
    ar: 'هذا القارئ يقرأ رقم البطاقة فقط، وهو لا يثبت شيئًا. ضع البطاقة على القارئ الآخر.',
    fr: 'Ce lecteur ne lit que le numéro de la carte, qui ne prouve rien. Posez la carte sur l’autre lecteur.',
    en: 'This reader reads only the number of the card, which proves nothing. Put the card on the other reader.',
  },
  ERR_ENDORSEMENT_OLDER: {
    ar: 'أُزيل من البطاقة تعديل كان مسجّلًا عليها. لا تصرف شيئًا وأرسل حاملها إلى مكتب البطاقات.',
    fr: 'Une modification inscrite sur la carte en a été retirée. Ne remettez rien et envoyez le titulaire au bureau des cartes.',
    en: 'A change that was recorded on the card has been taken off it. Hand over nothing and send the holder to the card office.',
  },
  ERR_PROGRAMME_LEDGER_REQUIRED: {
    ar: 'الصرف يحتاج إلى البطاقة نفسها على القارئ، لا إلى صورة الرمز أو قارئ لا يكتب.',
    fr: 'Il faut la carte elle-même sur un lecteur qui peut écrire ; un code imprimé ne suffit pas.',
    en: 'This needs the card itself on a reader that can write; a printed code is not enough.',
  },
  ERR_MEDIUM_PROTECTION: {
    ar: 'هذا البرنامج يحتاج إلى بطاقة ذكية لا يمكن نسخها. أرسل حاملها إلى مكتب البطاقات.',
    fr: 'Ce programme exige une carte à puce qui ne se copie pas. Envoyez le titulaire au bureau des cartes.',
    en: 'This programme needs a smart card that cannot be copied. Send the holder to the card office.',
  },
  ERR_VOID_ROLE: {
    ar: 'لا يلغي الصرف إلا المشرف.',
    fr: 'Seul un superviseur peut annuler une remise.',
    en: 'Only a supervisor may take a service back.',
  },
  ERR_VOID_LIMIT: {
    ar: 'لا يمكن إلغاء هذا الصرف: مضى عليه وقت طويل، أو بلغ عدد الإلغاءات حدّه اليوم. لم يتغير شيء على البطاقة.',
    fr: 'Cette remise ne peut pas être annulée : elle est trop ancienne, ou la limite du jour est atteinte. Rien n’a changé sur la carte.',
    en: 'This service cannot be taken back: it is too old, or the day’s limit is reached. Nothing has changed on the card.',
  },
  ERR_PIN: {
    ar: 'الرقم السري غير صحيح. حاول مرة أخرى.',
    fr: 'Ce code n’est pas le bon. Réessayez.',
    en: 'That is not the right PIN. Try again.',
  },
  ERR_PIN_LOCKED: {
    ar: 'محاولات كثيرة خاطئة. هذا المشرف موقوف على هذا الجهاز حتى الغد.',
    fr: 'Trop de codes faux. Ce superviseur est bloqué sur ce terminal jusqu’à demain.',
    en: 'Too many wrong PINs. This supervisor is locked out of this terminal until tomorrow.',
  },
  ERR_QUOTA_DAY: {
    ar: 'استُهلكت حصة اليوم. الحصة التالية غدًا.',
    fr: 'La part du jour est épuisée. La suite demain.',
    en: 'Today’s quota is used up. There is more tomorrow.',
  },
  ERR_QUOTA_MONTH: {
    ar: 'استُهلكت حصة الشهر. الحصة التالية أول الشهر القادم.',
    fr: 'La part du mois est épuisée. La suite le mois prochain.',
    en: 'This month’s quota is used up. There is more next month.',
  },
  ERR_QUANTITY: {
    ar: 'الكمية المطلوبة غير ممكنة.',
    fr: 'La quantité demandée n’est pas possible.',
    en: 'The quantity asked for is not possible.',
  },
  ERR_POLICY_EXPIRED: {
    ar: 'قواعد الصرف على هذا الجهاز قديمة. صِل الجهاز بالشبكة أو اتصل بالمشرف.',
    fr: 'Les règles de ce terminal sont périmées. Connectez-le ou appelez le superviseur.',
    en: 'The rules on this terminal are out of date. Connect it, or call the supervisor.',
  },
  ERR_TAP_UNRESOLVED: {
    ar: 'قد يكون الخصم تم على البطاقة. ضع البطاقة نفسها مرة أخرى لإتمام العملية.',
    fr: 'La carte a peut-être été débitée. Posez de nouveau la même carte pour terminer.',
    en: 'The card may have been debited. Put the same card on the reader again to finish.',
  },
  ERR_JOURNAL_SPACE: TERMINAL,
  ERR_JOURNAL_IO: TERMINAL,
};

/** A card that left while its PIN was written: nobody knows which PIN counts. */
export const PIN_UNKNOWN: Texts = {
  ar: 'رُفعت البطاقة قبل أن تجيب. ضعها مرة أخرى: يجرّب صاحبها الرقم الجديد، فإن لم يُقبل فالقديم.',
  fr: 'La carte est partie avant de répondre. Reposez-la : le titulaire essaie le nouveau code, sinon l’ancien.',
  en: 'The card left before it had answered. Lay it down again: the holder tries the new PIN, and if it does not fit, the old one.',
};

/** The text for a code. Codes of damaged or malformed cards share one; anything unforeseen asks to try again. */
export function reasonText(code: ErrorCode): Texts {
  return REASONS[code] ?? (code.startsWith('ERR_CREDENTIAL_') || code.startsWith('ERR_CARD_') ? DAMAGED : AGAIN);
}
