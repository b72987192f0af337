/** Every word that the page itself says, in every language. What the terminal says comes with its state. */
import type { CountedTexts, Texts } from '../../domain/texts.js';
import { BOOKS_TEXTS } from './books-texts.js';
import { HEALTH_TEXTS } from './health-texts.js';
import { OFFER_COUNTED_TEXTS, OFFER_TEXTS } from './offer-texts.js';
import { PIN_TEXTS } from './pin-texts.js';
import { REPRESENTING_TEXTS } from './representing-texts.js';
import { SLIP_TEXTS } from './slip-texts.js';

/** Plain texts. `{name}` is a place for a value, which is put in as a bidi isolate. */
export const TEXTS = {
  ...OFFER_TEXTS,
  ...REPRESENTING_TEXTS,
  ...HEALTH_TEXTS,
  ...PIN_TEXTS,
  ...BOOKS_TEXTS,
  ...SLIP_TEXTS,
  appName: { ar: 'وصل', fr: 'Wasl', en: 'Wasl' },

  startingTitle: { ar: 'الجهاز يبدأ العمل', fr: 'Le terminal démarre', en: 'The terminal is starting' },
  startingHint: { ar: 'لحظات من فضلك', fr: 'Un instant, s’il vous plaît', en: 'One moment, please' },

  idleTitle: { ar: 'قرّب البطاقة من القارئ', fr: 'Présentez la carte', en: 'Present the card' },
  idleHint: { ar: 'الجهاز جاهز للخدمة', fr: 'Prêt à servir', en: 'Ready to serve' },
  noReaderTitle: { ar: 'لا يوجد قارئ جاهز', fr: 'Aucun lecteur prêt', en: 'No reader is ready' },
  noReaderHint: {
    ar: 'تحقّق من توصيل كابل القارئ؛ ستعود الخدمة من تلقاء نفسها',
    fr: 'Vérifiez le câble du lecteur ; le service reprendra de lui-même',
    en: 'Check the cable of the reader; service goes on by itself',
  },
  readerMissing: { ar: 'قارئ غير متصل', fr: 'Lecteur absent', en: 'Reader missing' },
  handoverQuestion: {
    ar: 'إن لم تُسلَّم بعد فسلّمها، ثم اضغط',
    fr: 'Si ce n’est pas fait, remettez, puis touchez',
    en: 'If not done yet, hand over, then press',
  },

  logInTitle: { ar: 'سجّل الدخول لتبدأ', fr: 'Identifiez-vous', en: 'Log in to begin' },
  logInHint: {
    ar: 'اختر اسمك ثم اكتب رقمك السري',
    fr: 'Choisissez votre nom, puis tapez votre code',
    en: 'Choose your name, then type your PIN',
  },
  ownPin: { ar: 'رقمك السري', fr: 'Votre code', en: 'Your PIN' },
  logIn: { ar: 'دخول', fr: 'Entrer', en: 'Log in' },
  logOut: { ar: 'خروج: {name}', fr: 'Quitter : {name}', en: 'Log out {name}' },

  readingTitle: { ar: 'جارٍ قراءة البطاقة', fr: 'Lecture de la carte', en: 'Reading the card' },
  writingTitle: { ar: 'جارٍ التسجيل على البطاقة', fr: 'Enregistrement sur la carte', en: 'Recording on the card' },
  keepCard: { ar: 'أبقِ البطاقة على القارئ', fr: 'Laissez la carte sur le lecteur', en: 'Keep the card on the reader' },

  withoutCard: { ar: 'خدمة بلا بطاقة', fr: 'Sans carte', en: 'Without a card' },
  searchTitle: { ar: 'الاسم أو الرقم', fr: 'Nom ou numéro', en: 'Name or number' },
  searchHint: {
    ar: 'اكتب الاسم كما يُنطق، أو بداية الرقم. بأي إملاء، وبأي ترتيب.',
    fr: 'Tapez un nom ou le début du numéro : orthographe et ordre libres.',
    en: 'Type a name or the beginning of the number, in any spelling and order.',
  },
  searchNobody: {
    ar: 'لا أحد في القائمة بهذا الاسم أو الرقم',
    fr: 'Personne de ce nom ou numéro sur la liste',
    en: 'Nobody on the list has this name or number',
  },
  bornIn: { ar: 'مواليد {year}', fr: 'né(e) en {year}', en: 'born {year}' },
  motherOf: { ar: 'الأم: {name}', fr: 'mère : {name}', en: 'mother: {name}' },
  listedEnding: {
    ar: 'في القائمة، رقم ينتهي بـ',
    fr: 'Sur la liste, n° finissant par',
    en: 'On the list, number ending',
  },

  programmes: { ar: 'البرامج', fr: 'Programmes', en: 'Programmes' },
  cardEnding: { ar: 'بطاقة تنتهي بـ', fr: 'Carte finissant par', en: 'Card ending' },
  available: { ar: 'المتاح الآن', fr: 'Disponible', en: 'Available now' },
  today: { ar: 'اليوم', fr: 'Aujourd’hui', en: 'Today' },
  month: { ar: 'هذا الشهر', fr: 'Ce mois-ci', en: 'This month' },
  ofTotal: { ar: '{n} من {m}', fr: '{n} sur {m}', en: '{n} of {m}' },
  none: { ar: 'لا شيء', fr: 'Rien', en: 'None' },
  half: { ar: 'النصف', fr: 'Moitié', en: 'Half' },
  all: { ar: 'الكل', fr: 'Tout', en: 'All' },
  less: { ar: 'أقل: {name}', fr: 'Moins : {name}', en: 'Less: {name}' },
  more: { ar: 'أكثر: {name}', fr: 'Plus : {name}', en: 'More: {name}' },
  confirm: { ar: 'تأكيد: {what}', fr: 'Confirmer : {what}', en: 'Confirm {what}' },
  cancel: { ar: 'إلغاء', fr: 'Annuler', en: 'Cancel' },
  chooseQuantity: { ar: 'اختر الكمية أولًا', fr: 'Choisissez une quantité', en: 'Choose a quantity' },

  grantedTitle: { ar: 'سلّم الآن', fr: 'Remettez', en: 'Hand over' },
  handedOver: { ar: 'تم التسليم', fr: 'C’est remis', en: 'Handed over' },
  receipt: { ar: 'إيصال', fr: 'Reçu', en: 'Receipt' },
  refusedTitle: { ar: 'مرفوض: لا تسلّم شيئًا', fr: 'Refusé : ne remettez rien', en: 'Refused: hand nothing over' },
  renewed: { ar: 'حُدِّثت البطاقة الآن', fr: 'Carte mise à jour', en: 'Card updated just now' },
  identityOf: { ar: 'هوية موثّقة من: {issuer}', fr: 'Identité vérifiée : {issuer}', en: 'Identity verified: {issuer}' },
  identityId: { ar: 'رقم', fr: 'N°', en: 'No.' },
  code: { ar: 'الرمز', fr: 'Code', en: 'Code' },
  next: { ar: 'التالي', fr: 'Suivant', en: 'Next' },
  unresolvedTitle: {
    ar: 'لم يتأكد التسجيل على البطاقة',
    fr: 'Carte : enregistrement incertain',
    en: 'Not certain that the card was recorded',
  },
  unresolvedAgain: {
    ar: 'قرّب البطاقة نفسها مرة أخرى',
    fr: 'Présentez à nouveau la même carte',
    en: 'Present the same card again',
  },
  unresolvedNothing: {
    ar: 'لا تسلّم شيئًا قبل ظهور الشاشة الخضراء',
    fr: 'Ne remettez rien avant l’écran vert',
    en: 'Hand nothing over before the green screen',
  },
  unresolvedGoOn: {
    ar: 'إن تعذّر ذلك فتابع: الحالة مسجَّلة ولن تضيع',
    fr: 'Sinon, continuez : le cas est enregistré',
    en: 'If that is not possible, go on: the case is recorded',
  },
  takeBack: { ar: 'إلغاء الصرف', fr: 'Annuler la remise', en: 'Take back' },
  takeBackBegun: {
    ar: 'بدأ إلغاؤه: قرّب هذه البطاقة لإتمامه',
    fr: 'Annulation commencée : présentez cette carte',
    en: 'Being taken back: present this card',
  },
  authoriseTitle: { ar: 'يلزم إذن المشرف', fr: 'Un superviseur doit autoriser', en: 'A supervisor must allow this' },
  toTakeBack: { ar: 'صرف يُراد إلغاؤه:', fr: 'À annuler :', en: 'To be taken back:' },
  pin: { ar: 'الرقم السري للمشرف', fr: 'Code du superviseur', en: 'The supervisor’s PIN' },
  // Not the word for calling off an offer: here it would read as the taking back itself.
  leaveAsItIs: { ar: 'رجوع', fr: 'Retour', en: 'Go back' },
  erase: { ar: 'مسح', fr: 'Effacer', en: 'Erase' },
  allow: { ar: 'السماح بالإلغاء', fr: 'Autoriser', en: 'Allow' },
  returnHint: {
    ar: 'لتعود إليها حصتها. لا تسلّم شيئًا.',
    fr: 'Sa part lui sera rendue. Ne remettez rien.',
    en: 'Its quota is given back to it. Hand nothing over.',
  },
  voidedTitle: { ar: 'أُلغي الصرف: لا تسلّم شيئًا', fr: 'Annulé : ne remettez rien', en: 'Taken back: hand nothing over' },
  voidedBack: { ar: 'عاد إلى رصيد البطاقة', fr: 'Rendu à la carte', en: 'Given back to the card' },
  goOn: { ar: 'متابعة', fr: 'Continuer', en: 'Go on' },

  online: { ar: 'متصل بالمركز', fr: 'Connecté au centre', en: 'Connected to the centre' },
  connecting: {
    ar: 'جارٍ الاتصال — الخدمة مستمرة',
    fr: 'Connexion… — le service continue',
    en: 'Connecting — service goes on',
  },
  offline: {
    ar: 'غير متصل — الخدمة مستمرة',
    fr: 'Hors ligne — le service continue',
    en: 'Offline — service goes on',
  },
  allSent: { ar: 'وصلت كل السجلات إلى المركز', fr: 'Tout est transmis', en: 'Every record has arrived' },
  lastContact: { ar: 'آخر اتصال {when}', fr: 'dernier contact {when}', en: 'last contact {when}' },
  neverContact: { ar: 'لم يتصل بعد', fr: 'aucun contact encore', en: 'no contact yet' },
  now: { ar: 'الآن', fr: 'à l’instant', en: 'just now' },

  language: { ar: 'اللغة', fr: 'Langue', en: 'Language' },
  faultTitle: {
    ar: 'تُعاد الشاشة بعد لحظات',
    fr: 'L’écran revient dans un instant',
    en: 'The screen comes back in a moment',
  },
  lostTitle: {
    ar: 'الشاشة تنتظر برنامج الجهاز',
    fr: 'L’écran attend le programme du terminal',
    en: 'The screen is waiting for the terminal',
  },
  lostHint: {
    ar: 'لم يضِع أي شيء مسجَّل. ستعود الشاشة من تلقاء نفسها.',
    fr: 'Rien de ce qui est enregistré n’est perdu. L’écran reviendra de lui-même.',
    en: 'Nothing recorded is lost. The screen comes back by itself.',
  },
  lostNothing: {
    ar: 'لا تسلّم شيئًا حتى تعود الشاشة',
    fr: 'Ne remettez rien avant le retour de l’écran',
    en: 'Hand nothing over until the screen is back',
  },
  staleCommand: {
    ar: 'تغيّرت الحالة قبل الضغط: لم يُنفَّذ شيء',
    fr: 'L’écran avait changé : rien n’a été fait',
    en: 'Things had moved on: nothing was done',
  },
  quantityRefused: {
    ar: 'هذه الكمية غير ممكنة: اختر كمية أخرى',
    fr: 'Cette quantité n’est pas possible : choisissez-en une autre',
    en: 'This quantity is not possible: choose another',
  },
  noAnswer: {
    ar: 'لا جواب من الجهاز: انظر إلى الشاشة قبل أن تعيد الضغط',
    fr: 'Pas de réponse : regardez l’écran avant de réessayer',
    en: 'No answer: look at the screen before trying again',
  },
  commandFailed: { ar: 'لم يُنفَّذ الطلب', fr: 'Cela n’a pas été fait', en: 'That was not done' },
} as const satisfies Record<string, Texts>;

/** Texts that count something, `{n}` of it. */
export const COUNTED_TEXTS = {
  ...OFFER_COUNTED_TEXTS,
  servedToday: {
    ar: {
      zero: 'لا خدمات بعدُ اليوم',
      one: 'خدمة واحدة اليوم',
      two: 'خدمتان اليوم',
      few: '{n} خدمات اليوم',
      many: '{n} خدمةً اليوم',
      other: '{n} خدمة اليوم',
    },
    fr: { one: '{n} service aujourd’hui', many: '{n} de services aujourd’hui', other: '{n} services aujourd’hui' },
    en: { one: '{n} service today', other: '{n} services today' },
  },
  waiting: {
    ar: {
      zero: 'لا سجلات تنتظر الإرسال',
      one: 'سجل واحد محفوظ ينتظر الإرسال',
      two: 'سجلّان محفوظان ينتظران الإرسال',
      few: '{n} سجلات محفوظة تنتظر الإرسال',
      many: '{n} سجلًّا محفوظًا تنتظر الإرسال',
      other: '{n} سجل محفوظ تنتظر الإرسال',
    },
    fr: {
      one: '{n} relevé gardé, à envoyer',
      many: '{n} de relevés gardés, à envoyer',
      other: '{n} relevés gardés, à envoyer',
    },
    en: { one: '{n} record kept, to be sent', other: '{n} records kept, to be sent' },
  },
  pending: {
    ar: {
      zero: 'لا تسليم ينتظر التأكيد',
      one: 'تسليم ينتظر التأكيد',
      two: 'تسليمان ينتظران التأكيد',
      few: '{n} عمليات تسليم تنتظر التأكيد',
      many: '{n} عملية تسليم تنتظر التأكيد',
      other: '{n} عملية تسليم تنتظر التأكيد',
    },
    fr: { one: '{n} remise à confirmer', many: '{n} de remises à confirmer', other: '{n} remises à confirmer' },
    en: { one: '{n} hand-over to confirm', other: '{n} hand-overs to confirm' },
  },
  expiresIn: {
    ar: {
      zero: 'تنتهي البطاقة اليوم',
      one: 'تنتهي البطاقة غدًا',
      two: 'تنتهي البطاقة خلال يومين',
      few: 'تنتهي البطاقة خلال {n} أيام',
      many: 'تنتهي البطاقة خلال {n} يومًا',
      other: 'تنتهي البطاقة خلال {n} يوم',
    },
    fr: {
      one: 'La carte expire dans {n} jour',
      many: 'La carte expire dans {n} de jours',
      other: 'La carte expire dans {n} jours',
    },
    en: { one: 'The card expires in {n} day', other: 'The card expires in {n} days' },
  },
  foundMore: {
    ar: {
      zero: 'لا أحد غيرهم',
      one: 'وشخص آخر: اكتب المزيد من الاسم',
      two: 'وشخصان آخران: اكتب المزيد من الاسم',
      few: 'و{n} آخرون: اكتب المزيد من الاسم',
      many: 'و{n} آخرون: اكتب المزيد من الاسم',
      other: 'و{n} آخرون: اكتب المزيد من الاسم',
    },
    fr: {
      one: 'et {n} autre : précisez le nom',
      many: 'et {n} d’autres : précisez le nom',
      other: 'et {n} autres : précisez le nom',
    },
    en: { one: 'and {n} more: type more of the name', other: 'and {n} more: type more of the name' },
  },
  pendingMore: {
    ar: {
      zero: 'لا غيرها',
      one: 'وواحدة أخرى بعدها',
      two: 'واثنتان أخريان بعدها',
      few: 'و{n} أخرى بعدها',
      many: 'و{n} أخرى بعدها',
      other: 'و{n} أخرى بعدها',
    },
    fr: { one: 'et {n} autre ensuite', many: 'et {n} d’autres ensuite', other: 'et {n} autres ensuite' },
    en: { one: 'and {n} more after', other: 'and {n} more after' },
  },
  /** Counted by the persons of the household, `{n}`; `{draws}` is for how many of them the card draws. */
  draws: {
    ar: {
      zero: 'عن {draws} من {n} فرد',
      one: 'عن فرد واحد',
      two: 'عن {draws} من فردين',
      few: 'عن {draws} من {n} أفراد',
      many: 'عن {draws} من {n} فردًا',
      other: 'عن {draws} من {n} فرد',
    },
    fr: {
      one: 'pour {draws} personne sur {n}',
      many: 'pour {draws} sur {n} de personnes',
      other: 'pour {draws} personnes sur {n}',
    },
    en: { one: 'for {draws} of {n} person', other: 'for {draws} of {n} persons' },
  },
  papers: {
    ar: { zero: 'لا أوراق', one: 'ورقة واحدة', two: 'ورقتان', few: '{n} أوراق', many: '{n} ورقة', other: '{n} ورقة' },
    fr: { one: '{n} document', many: '{n} de documents', other: '{n} documents' },
    en: { one: '{n} paper', other: '{n} papers' },
  },
  commodities: {
    ar: {
      zero: 'لا أصناف',
      one: 'صنف واحد',
      two: 'صنفان',
      few: '{n} أصناف',
      many: '{n} صنفًا',
      other: '{n} صنف',
    },
    fr: { one: '{n} article', many: '{n} d’articles', other: '{n} articles' },
    en: { one: '{n} item', other: '{n} items' },
  },
} as const satisfies Record<string, CountedTexts>;

/** What each language calls itself. */
export const LANGUAGE_NAMES: Texts = { ar: 'العربية', fr: 'Français', en: 'English' };

/** The same, short enough for the bar. */
export const LANGUAGE_SIGNS: Texts = { ar: 'عربي', fr: 'FR', en: 'EN' };

/** Name of a plain text. */
export type TextKey = keyof typeof TEXTS;

/** Name of a counted text. */
export type CountedKey = keyof typeof COUNTED_TEXTS;
