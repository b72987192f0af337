/** Why a service is not given, where a rule of the programme refused it: in the words a clerk can repeat to the holder, and what to do. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { Texts } from '../domain/texts.js';

const OFFLINE: Texts = {
  ar: 'خدم هذا الجهاز أقصى ما يُسمح به دون اتصال بالمركز. أعِد الاتصال بالشبكة أو اتصل بالمشرف.',
  fr: 'Ce terminal a servi tout ce qu’il peut sans le centre. Rétablissez la connexion ou appelez le superviseur.',
  en: 'This terminal has served all that it may without the centre. Bring the connection back, or call the supervisor.',
};
const NOT_HERE: Texts = {
  ar: 'هذه الخدمة لا تُقدَّم في هذا الموقع. أرسل حامل البطاقة إلى موقع يقدّمها.',
  fr: 'Ce service n’est pas assuré ici. Envoyez le titulaire vers un site qui l’assure.',
  en: 'This is not served here. Send the holder to a place that serves it.',
};
const SLIP_AGAIN: Texts = {
  ar: 'لم تُقرأ الورقة كاملة. امسحها مرة أخرى.',
  fr: 'Le billet n’a pas été lu en entier. Scannez-le de nouveau.',
  en: 'The slip was not read whole. Scan it again.',
};

/** By code. */
export const SERVICE_REASONS = {
  ERR_QUOTA_YEAR: {
    ar: 'استُهلكت حصة هذه السنة.',
    fr: 'Le quota de l’année est épuisé.',
    en: 'The quota of the year is used up.',
  },
  ERR_QUOTA_ONCE: {
    ar: 'قُدّمت هذه الخدمة من قبل، وهي تُقدَّم مرة واحدة.',
    fr: 'Ce service a déjà été rendu ; il ne l’est qu’une fois.',
    en: 'This was served before, and it is served once.',
  },
  ERR_SITE_KIND: NOT_HERE,
  ERR_SITE_NOT_ACCREDITED: {
    ar: 'هذا الموقع غير معتمد لهذا البرنامج.',
    fr: 'Ce site n’est pas agréé pour ce programme.',
    en: 'This site is not accredited for this programme.',
  },
  ERR_SITE_AREA: {
    ar: 'لم يبدأ هذا البرنامج في هذه المنطقة بعد.',
    fr: 'Le programme n’a pas encore commencé dans cette région.',
    en: 'The programme has not begun in this area yet.',
  },
  ERR_SITE_HOME: {
    ar: 'يُخدم حامل البطاقة في وحدته أو منطقته فقط.',
    fr: 'Le titulaire est servi dans son unité ou sa région seulement.',
    en: 'The holder is served at the home unit, or in its area, only.',
  },
  ERR_SITE_CHOSEN: {
    ar: 'الإحالة مكتوبة لموقع آخر. أرسل حامل البطاقة إليه.',
    fr: 'Le document est établi pour un autre site. Envoyez-y le titulaire.',
    en: 'The paper is written for another site. Send the holder there.',
  },
  ERR_SLIP_TEXT: SLIP_AGAIN,
  ERR_SLIP_FORMAT: SLIP_AGAIN,
  ERR_SLIP_VERSION: {
    ar: 'هذه الورقة أحدث من هذا الجهاز. حدّث الجهاز أو اتصل بالمشرف.',
    fr: 'Ce billet est plus récent que ce terminal. Mettez-le à jour ou appelez le superviseur.',
    en: 'This slip is newer than this terminal. Update it, or call the supervisor.',
  },
  ERR_SLIP_SIGNER: {
    ar: 'لم يكتب هذه الورقة جهاز معروف هنا. أرسل حاملها إلى الوحدة التي أعطتها له.',
    fr: 'Ce billet ne vient pas d’un terminal connu ici. Renvoyez le porteur au site qui l’a remis.',
    en: 'No terminal known here wrote this slip. Send the bearer back to the site that gave it.',
  },
  ERR_SLIP_SIGNATURE: {
    ar: 'هذه الورقة مزوّرة. لا تقدّم شيئًا وأبلغ المشرف.',
    fr: 'Ce billet est falsifié. Ne remettez rien et prévenez le superviseur.',
    en: 'This slip is forged. Hand over nothing and tell the supervisor.',
  },
  ERR_SLIP_TIMES: {
    ar: 'تاريخ الورقة غير ممكن. تحقق من ساعة الجهاز أو اتصل بالمشرف.',
    fr: 'La date du billet n’est pas possible. Vérifiez l’heure du terminal ou appelez le superviseur.',
    en: 'The date of the slip is not possible. Check the clock of the terminal, or call the supervisor.',
  },
  ERR_SLIP_EXPIRED: {
    ar: 'انتهت صلاحية الورقة. أرسل حاملها إلى الوحدة لتجديدها.',
    fr: 'Le billet n’est plus valable. Renvoyez le porteur au site qui l’a remis.',
    en: 'The slip has run out. Send the bearer back to the site that gave it.',
  },
  ERR_SLIP_USED: {
    ar: 'استُعملت هذه الورقة هنا من قبل.',
    fr: 'Ce billet a déjà été utilisé ici.',
    en: 'This slip was used here before.',
  },
  ERR_SLIP_HOLDER: {
    ar: 'كُتبت هذه الورقة لشخص آخر. اطلب بطاقة صاحبها.',
    fr: 'Ce billet est au nom de quelqu’un d’autre. Demandez la carte de son titulaire.',
    en: 'This slip is for somebody else. Ask for the card of its holder.',
  },
  ERR_OPERATOR_ROLE: {
    ar: 'لا تسمح صفتك بهذه الخدمة. اطلب من يحق له تقديمها.',
    fr: 'Votre fonction ne permet pas ce service. Appelez une personne habilitée.',
    en: 'Your role does not allow this. Ask somebody whose role does.',
  },
  ERR_PROGRAMME_DATES: {
    ar: 'لا يعمل هذا البرنامج في هذا اليوم.',
    fr: 'Le programme n’a pas cours ce jour.',
    en: 'The programme does not run on this day.',
  },
  ERR_PROGRAMME_TRIAL: {
    ar: 'هذا البرنامج قيد التجربة: سُجّل القرار، ولا يُصرف شيء ولا يُخصم شيء.',
    fr: 'Programme à l’essai : la décision est enregistrée ; rien n’est remis, rien n’est débité.',
    en: 'The programme is on trial: the decision was recorded. Hand over nothing; nothing was taken from the card.',
  },
  ERR_COVERAGE_PLAN: {
    ar: 'تأمين حامل البطاقة لا يغطي هذه الخدمة.',
    fr: 'L’assurance du titulaire ne couvre pas ce service.',
    en: 'The holder’s insurance does not cover this.',
  },
  ERR_COVERAGE_WAITING: {
    ar: 'لم تنتهِ مدة الانتظار للتأمين بعد.',
    fr: 'Le délai de carence n’est pas écoulé.',
    en: 'The waiting time of the insurance is not over.',
  },
  ERR_ACCOUNT_NEEDED: {
    ar: 'البطاقة غير مفعّلة، أو لم يُسدَّد الاشتراك. أرسل حاملها لتفعيلها أو لسداد الاشتراك.',
    fr: 'La carte n’est pas activée, ou la cotisation n’est pas payée. Envoyez le titulaire régler cela.',
    en: 'The card is not activated, or a contribution is not paid. Send the holder to have that done.',
  },
  ERR_ACCOUNT_BALANCE: {
    ar: 'الرصيد على البطاقة لا يكفي.',
    fr: 'Le solde de la carte ne suffit pas.',
    en: 'There is not enough on the card.',
  },
  ERR_ACCOUNT_FULL: {
    ar: 'بلغ رصيد البطاقة حده الأقصى.',
    fr: 'Le solde de la carte est à son maximum.',
    en: 'The card cannot hold more.',
  },
  ERR_PAPER_NEEDED: {
    ar: 'لا توجد على البطاقة إحالة أو وصفة سارية لهذه الخدمة.',
    fr: 'La carte ne porte ni orientation ni ordonnance valable pour ce service.',
    en: 'The card carries no referral or prescription that holds for this.',
  },
  ERR_PAPER_EXHAUSTED: {
    ar: 'المطلوب أكثر مما بقي في الوصفة أو الإحالة.',
    fr: 'La demande dépasse ce qui reste sur l’ordonnance ou l’orientation.',
    en: 'More is asked for than the prescription or referral has left.',
  },
  ERR_PAPER_REQUEST: {
    ar: 'لا يمكن كتابة هذه الوصفة أو الإحالة. راجع ما طُلب.',
    fr: 'Cette ordonnance ou orientation ne peut pas être établie. Vérifiez la demande.',
    en: 'This paper cannot be written. Check what was asked for.',
  },
  ERR_CAMPAIGN_NOT_LISTED: {
    ar: 'هذا الشخص ليس في قائمة هذه الحملة.',
    fr: 'Cette personne n’est pas sur la liste de cette campagne.',
    en: 'This person is not on the list of the campaign.',
  },
  ERR_CAMPAIGN_ROSTER: {
    ar: 'قائمة هذه الحملة ليست على هذا الجهاز أو انتهت مدتها. اتصل بالمشرف.',
    fr: 'La liste de cette campagne manque sur ce terminal, ou a expiré. Appelez le superviseur.',
    en: 'The list of this campaign is not on this terminal, or has run out. Call the supervisor.',
  },
  ERR_OFFLINE_LIMIT: OFFLINE,
  ERR_OFFLINE_DAYS: OFFLINE,
  ERR_FACTOR_NEEDED: {
    ar: 'يجب أن يثبت حامل البطاقة هويته أولًا.',
    fr: 'Le titulaire doit d’abord prouver son identité.',
    en: 'The holder has to prove who they are first.',
  },
  ERR_REPRESENTATIVE: {
    ar: 'لا يحق لهذا الشخص الاستلام عن حامل البطاقة، أو استلم مرات كثيرة هذا الشهر.',
    fr: 'Cette personne ne peut pas retirer pour le titulaire, ou l’a fait trop souvent ce mois-ci.',
    en: 'This person may not draw for the holder, or has done so too often this month.',
  },
  ERR_HEALTH_ROLE: {
    ar: 'دورك لا يسمح بفتح هذه السجلات الصحية أو كتابتها.',
    fr: 'Votre rôle ne permet pas d’ouvrir ou d’écrire ces dossiers de santé.',
    en: 'Your role may not open or write these health records.',
  },
  ERR_HEALTH_SITE: {
    ar: 'لا تُفتح السجلات الصحية في هذا الموقع.',
    fr: 'Les dossiers de santé ne s’ouvrent pas sur ce site.',
    en: 'Health records are not opened at this site.',
  },
  ERR_HEALTH_KEY: {
    ar: 'ليس على هذا الجهاز مفتاح يفتح سجلات هذه البطاقة. اتصل بالمشرف.',
    fr: 'Ce terminal n’a pas la clé des dossiers de cette carte. Appelez le superviseur.',
    en: 'This terminal has no key to the records of this card. Call the supervisor.',
  },
  ERR_HEALTH_ROOM: {
    ar: 'لا مكان على هذه البطاقة لهذا السجل. سجّله على الورق.',
    fr: 'Cette carte n’a pas de place pour ce dossier. Notez-le sur papier.',
    en: 'This card has no room for this record. Write it on paper.',
  },
  ERR_EXEMPTION: {
    ar: 'لا يحق لك طلب هذا الاستثناء، أو يلزم مشرف. اتصل بالمشرف.',
    fr: 'Vous ne pouvez pas invoquer cette exception, ou il faut un superviseur. Appelez-le.',
    en: 'You may not claim this exemption, or it needs a supervisor. Call the supervisor.',
  },
  ERR_EXEMPTION_LIMIT: {
    ar: 'بلغ هذا الاستثناء حده لليوم. اتصل بالمشرف.',
    fr: 'Cette exception a atteint sa limite du jour. Appelez le superviseur.',
    en: 'This exemption has reached its limit for today. Call the supervisor.',
  },
  ERR_HOLDER_PIN: {
    ar: 'الرقم السري للبطاقة غير صحيح. يعيد صاحبها كتابته.',
    fr: 'Ce n’est pas le code de la carte. Le titulaire le tape à nouveau.',
    en: 'That is not the PIN of the card. The holder types it again.',
  },
  ERR_HOLDER_PIN_BLOCKED: {
    ar: 'أُوقف الرقم السري لكثرة المحاولات. أرسل صاحب البطاقة إلى مكتب البطاقات.',
    fr: 'Le code est bloqué : trop d’essais. Envoyez le titulaire au bureau des cartes.',
    en: 'The PIN is blocked: too many tries. Send the holder to the card office.',
  },
  ERR_HOLDER_PIN_WEAK: {
    ar: 'هذا الرقم سهل التخمين. يختار صاحب البطاقة رقمًا آخر: ليس ١٢٣٤ ولا أرقامًا مكررة ولا تاريخ ميلاد.',
    fr: 'Ce code est trop facile à deviner. Le titulaire en choisit un autre : ni 1234, ni chiffres répétés, ni date de naissance.',
    en: 'This PIN is too easy to guess. The holder chooses another: not 1234, no repeated digits, no date of birth.',
  },
  ERR_HOLDER_PIN_UNSUPPORTED: {
    ar: 'لا يمكن وضع رقم سري لهذه البطاقة ولا تغييره. تعمل البطاقة كما كانت.',
    fr: 'Le code de cette carte ne peut être ni choisi ni changé. La carte sert comme avant.',
    en: 'The PIN of this card can be neither set nor changed. The card serves as before.',
  },
  ERR_HOLDER_PIN_CODE: {
    ar: 'لا تقبل البطاقة رمز فك الإيقاف. أرسل صاحبها إلى مكتب البطاقات لاستبدالها.',
    fr: 'La carte n’accepte pas le code de déblocage. Envoyez le titulaire au bureau des cartes, qui la remplacera.',
    en: 'The card does not take the unblocking code. Send the holder to the card office for a new card.',
  },
  ERR_HOLDER_PIN_ELSEWHERE: {
    ar: 'لا يمكن فك إيقاف هذه البطاقة هنا. أرسل صاحبها إلى مكتب البطاقات، أو إلى مركز موقع تسجيله.',
    fr: 'Cette carte ne peut pas être débloquée ici. Envoyez le titulaire au bureau des cartes, ou au centre de son site.',
    en: 'This card cannot be unblocked here. Send the holder to the card office, or to the post of their home site.',
  },
  ERR_SHIFT_OPERATOR: {
    ar: 'بدأ هذه الوردية شخص آخر: لا تُنهى إلا بحضور مشرف.',
    fr: 'Ce service a été ouvert par quelqu’un d’autre : il faut un superviseur pour le clore.',
    en: 'Somebody else opened this shift: a supervisor has to be there to close it.',
  },
  ERR_SHIFT_DIFFERENCE: {
    ar: 'الفرق كبير: يلزم سبب ومشرف.',
    fr: 'L’écart est trop grand : il faut une raison et un superviseur.',
    en: 'The count differs too much: it needs a reason and a supervisor.',
  },
  ERR_PAYMENT_METHOD: {
    ar: 'هذه الخدمة تحتاج إلى دفع. اختر نقدًا أو بجهاز الدفع.',
    fr: 'Ce service est payant. Choisissez espèces ou terminal de paiement.',
    en: 'This has to be paid for. Choose cash or the payment machine.',
  },
  ERR_PAYMENT_DECLINED: {
    ar: 'رُفض الدفع: لم يُخصم شيء. جرّب بطاقة أخرى أو الدفع نقدًا.',
    fr: 'Paiement refusé : rien n’a été débité. Essayez une autre carte, ou en espèces.',
    en: 'The payment was declined: nothing was taken. Try another card, or cash.',
  },
  ERR_PAYMENT_CANCELLED: {
    ar: 'أُلغي الدفع: لم يُخصم شيء.',
    fr: 'Paiement abandonné : rien n’a été débité.',
    en: 'The payment was given up: nothing was taken.',
  },
  ERR_PAYMENT_UNKNOWN: {
    ar: 'لم يجب جهاز الدفع. لا تسلّم شيئًا: إن خُصم مبلغ فسيُعاد تلقائيًّا. يمكن الدفع نقدًا الآن.',
    fr: 'Le terminal de paiement ne répond pas. Ne remettez rien : une somme débitée sera rendue d’elle-même. Les espèces sont possibles.',
    en: 'The payment machine does not answer. Hand nothing over: what it may have taken is given back by itself. Cash is possible.',
  },
} as const satisfies Partial<Record<ErrorCode, Texts>>;
