import type { Words } from './words.js';

/** A policy in Arabic. */
export const arabicWords: Words = {
  day: { zero: 'يوم', one: 'يوم', two: 'يومان', few: 'أيام', many: 'يومًا', other: 'يوم' },
  month: { zero: 'شهر', one: 'شهر', two: 'شهران', few: 'أشهر', many: 'شهرًا', other: 'شهر' },
  service: { zero: 'خدمة', one: 'خدمة', two: 'خدمتان', few: 'خدمات', many: 'خدمة', other: 'خدمة' },
  unit: { zero: 'وحدة', one: 'وحدة', two: 'وحدتان', few: 'وحدات', many: 'وحدة', other: 'وحدة' },
  per: { member: 'لكل فرد', household: 'لكل أسرة', card: 'لكل بطاقة' },
  every: { day: 'يوميًا', month: 'شهريًا', year: 'سنويًا', once: 'مرة واحدة لا تتكرر' },
  paper: { referral: 'إحالة', prescription: 'وصفة طبية', appointment: 'موعد', request: 'طلب' },
  factor: { pin: 'الرقم السري', 'id-document': 'وثيقة الهوية', 'representative-card': 'بطاقة الوكيل' },
  every_class: 'كل الفئات',
  everybody: 'الجميع',
  holder: { scheme: (list) => `النظام ${list}`, plan: (list) => `الخطة ${list}`, class: (list) => `الفئة ${list}` },
  validity: ['مستوفى', 'يمنع الصرف'],
  schemes: (list) => `لبطاقات النظام ${list}.`,
  plan: (plan, classes) => `للمشمولين بالتغطية: الخطة ${plan}، ${classes}.`,
  waiting: (days) => `مدة الانتظار بعد إصدار البطاقة قبل بدء التغطية: ${days}.`,
  siteKinds: (list) => `تُقدَّم في: ${list}.`,
  accredited: () => 'تُقدَّم في المواقع المعتمدة فقط.',
  areas: (list) => `مطبَّقة في: ${list}.`,
  home: (where) =>
    where === 'home'
      ? 'تُقدَّم في موقع التسجيل الخاص بصاحب البطاقة فقط.'
      : where === 'area'
        ? 'تُقدَّم في منطقة موقع التسجيل.'
        : 'تُقدَّم في كل مكان أيًّا كان موقع التسجيل.',
  roles: (list) => `يقوم بها: ${list}.`,
  dates: (from, until) => `سارية${from === null ? '' : ` من ${from}`}${until === null ? '' : ` حتى ${until}`}.`,
  campaignSites: (list) => `حملة في هذه المواقع: ${list}.`,
  roster: (name, withoutCard) => `للأشخاص المدرجين في القائمة «${name}»${withoutCard ? '، ولو بدون بطاقة' : ''}.`,
  doubtful: (most, said) =>
    most === 0 ? 'لا شيء لبطاقة سجلها مشكوك فيه.' : `بحد أقصى ${said} من كل صنف لبطاقة سجلها مشكوك فيه.`,
  copyable: (most, said) =>
    most === 0 ? 'لا شيء لبطاقة يمكن نسخها.' : `بحد أقصى ${said} من كل صنف يوميًا لبطاقة يمكن نسخها.`,
  voids: (minutes, perDay) =>
    `للمشرف إلغاء الخدمة خلال عدد من الدقائق: ${minutes}، وعدد مرات الإلغاء في اليوم: ${perDay}.`,
  offlineUnits: (units) => `الحد الأقصى للجهاز دون اتصال بالمركز: ${units}.`,
  offlineServices: (services) => `الحد الأقصى للجهاز دون اتصال بالمركز: ${services}.`,
  ladder: (days, rate) => `مدة الانقطاع عن المركز ${days}: يُصرف ${rate} من حصة اليوم.`,
  signedTime: (days) => `لا صرف بعد انقطاع الوقت الموقَّع، والمدة: ${days}.`,
  factorRule: (when, accepts) => `يثبت صاحب البطاقة هويته ${when}: ${accepts}.`,
  factorMedia: (media) => `عند استعمال ${media}`,
  factorUnits: (units) => `ابتداءً من ${units}`,
  factorPurse: (sum) => `عند دفع ${sum} أو أكثر من البطاقة`,
  representatives: (who, services) =>
    `${who === 'household' ? 'لفرد من الأسرة' : 'لمن عُيِّن وكيلًا'} أن يصرف عن صاحب البطاقة، والحد الأقصى في الشهر: ${services}.`,
  exemption: (name, { roles, perDay, supervisor }) =>
    `استثناء «${name}»: يطلبه ${roles}${supervisor ? ' بموافقة مشرف' : ''}، والحد الأقصى في اليوم على الجهاز: ${perDay}؛ وكل استثناء يُراجَع.`,
  trial: () => 'تجربة: لا أثر لها على أي استحقاق.',
  account: (name, kind, max) =>
    kind === 'amount'
      ? `تحفظ البطاقة «${name}»، بحد أقصى ${max}.`
      : kind === 'until'
        ? `تحفظ البطاقة تاريخًا: «${name}».`
        : `تحفظ البطاقة علامة: «${name}».`,
  quota: (amount, per, every) => `بحد أقصى ${amount} ${per} ${every}.`,
  quotaLine: (who, amount, each) => `${who}: بدلًا من ذلك ${amount} ${each}.`,
  convert: (each, account) => `كل وحدة لم تُصرف حتى نهاية الشهر تتحول إلى ${each} في «${account}».`,
  accumulate: (max, account) => `ما لم يُصرف حتى نهاية الشهر يبقى في «${account}»، بحد أقصى ${max}.`,
  ahead: (days) => `يجوز الصرف مقدَّمًا، والمدة: ${days}.`,
  needs: (account, { kind, value, except }) => {
    const what =
      kind === 'amount'
        ? `وجود ${value} على الأقل في «${account}»`
        : kind === 'until'
          ? `ألا يكون «${account}» قد انقضى${value === null ? '' : `، ومدة السماح: ${value}`}`
          : `العلامة «${account}»`;
    return `يشترط ${what}${except === null ? '' : `، إلا الفئة ${except}`}.`;
  },
  gives: (account, what) => `يضيف ${what} إلى «${account}».`,
  costs: (account, what) => `يخصم ${what} من «${account}».`,
  purse: (account) => `لصاحب البطاقة أن يدفع من «${account}» على بطاقة لا يمكن نسخها.`,
  price: (sum) => `سعر الوحدة ${sum}.`,
  copayment: (who, part, max) =>
    `${who}: يدفع صاحب البطاقة ${part}${max === null ? '' : `، بحد أقصى ${max} للخدمة الواحدة`}.`,
  consumes: (paper, exemptions) =>
    `يشترط وجود ورقة من نوع «${paper}» ويستهلكها${exemptions === null ? '' : `؛ أو الاستثناء ${exemptions}`}.`,
  writes: (paper, rule) =>
    `يحرر ورقة من نوع «${paper}» من أجل ${rule.for}، والحد الأقصى ${rule.most}، ومدة السريان ${rule.days}${rule.choose === null ? '' : `؛ ويختار صاحب البطاقة الموقع (${rule.choose})`}.`,
  slip: (paper) => `حيث لا يتسع أي سجل، تُطبع ورقة من نوع «${paper}» موقّعة برمز، وتُقبل هذه الأوراق.`,
};
