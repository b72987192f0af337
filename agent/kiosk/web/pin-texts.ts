/** What the page says of the PIN of a card: most of it to its holder, whom the screen is turned to. */
import type { Texts } from '../../domain/texts.js';

/** Plain texts; see `texts.ts`. */
export const PIN_TEXTS = {
  cardPinKey: { ar: 'رقم البطاقة السري', fr: 'Code de la carte', en: 'Card’s PIN' },
  cardPinFirst: {
    ar: 'يختار صاحب البطاقة رقمًا سريًّا',
    fr: 'Le titulaire choisit un code',
    en: 'The holder chooses a PIN',
  },
  cardPinAgain: {
    ar: 'يكتب صاحب البطاقة الرقم نفسه مرة أخرى',
    fr: 'Le titulaire tape le même code encore une fois',
    en: 'The holder types the same PIN once more',
  },
  cardPinOld: {
    ar: 'يكتب صاحب البطاقة رقمه السري الحالي',
    fr: 'Le titulaire tape son code actuel',
    en: 'The holder types the PIN that the card has now',
  },
  cardPinLetter: {
    ar: 'يكتب صاحب البطاقة الرقم الذي في الخطاب',
    fr: 'Le titulaire tape le code de la lettre',
    en: 'The holder types the PIN from the letter',
  },
  cardPinTurn: {
    ar: 'أدر الشاشة إليه ولا تنظر. من {min} إلى {max} أرقام.',
    fr: 'Tournez l’écran vers lui et ne regardez pas. {min} à {max} chiffres.',
    en: 'Turn the screen to them and look away. {min} to {max} digits.',
  },
  cardPinNew: { ar: 'الرقم الجديد', fr: 'Nouveau code', en: 'New PIN' },
  cardPinNewAgain: { ar: 'الرقم الجديد مرة أخرى', fr: 'Le nouveau encore', en: 'New PIN again' },
  cardPinNow: { ar: 'الرقم الحالي', fr: 'Code actuel', en: 'PIN now' },
  cardPinOfLetter: { ar: 'رقم الخطاب', fr: 'Code de la lettre', en: 'PIN of the letter' },
  cardPinSave: { ar: 'سجّل على البطاقة', fr: 'Écrire sur la carte', en: 'Write to the card' },
  cardPinDiffer: {
    ar: 'الرقمان مختلفان. يكتب صاحب البطاقة الرقم الجديد من أوله.',
    fr: 'Les deux codes diffèrent. Le titulaire recommence.',
    en: 'The two were not the same. The holder types the new PIN again from the start.',
  },
  cardPinForgotten: { ar: 'نسي الرقم', fr: 'Code oublié', en: 'Forgotten' },
  cardPinAllow: {
    ar: 'المشرف يأذن برقم جديد',
    fr: 'Un superviseur autorise un nouveau code',
    en: 'A supervisor allows a new PIN',
  },
  cardPinAllowHint: {
    ar: 'تحقّق أولًا من هوية صاحب البطاقة.',
    fr: 'Vérifiez d’abord l’identité du titulaire.',
    en: 'First make sure that it is the holder.',
  },
  cardPinAllowKey: { ar: 'إذن', fr: 'Autoriser', en: 'Allow' },
  cardPinBlocked: {
    ar: 'الرقم السري موقوف لكثرة المحاولات.',
    fr: 'Le code est bloqué : trop d’essais.',
    en: 'The PIN is blocked: too many tries.',
  },
  cardPinSet: { ar: 'صار للبطاقة رقم سري', fr: 'La carte a son code', en: 'The card has its PIN' },
  cardPinChanged: { ar: 'تغيّر الرقم السري', fr: 'Le code est changé', en: 'The PIN is changed' },
  cardPinUnblocked: {
    ar: 'فُكّ الإيقاف، والرقم السري جديد',
    fr: 'Débloqué, avec un nouveau code',
    en: 'Unblocked, with a new PIN',
  },
  cardPinSecret: {
    ar: 'لا يعرفه إلا صاحب البطاقة. لا يقوله لأحد، ولا للموظف.',
    fr: 'Seul le titulaire le connaît. Il ne le dit à personne, pas même à l’agent.',
    en: 'Only the holder knows it. They tell nobody, not even the clerk.',
  },
} as const satisfies Record<string, Texts>;
