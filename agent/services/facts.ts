/** What rules compare, by name: each has words in every language where a policy is explained to people. */

/** Name of a value that a rule compared. */
export type FactName =
  | ('accepts' | 'afterDays' | 'ahead' | 'aheadDays' | 'area' | 'areas' | 'asked' | 'atLeast')
  | ('balance' | 'card' | 'chosen' | 'class' | 'copyableMaxDay' | 'count' | 'day' | 'days')
  | ('daysSinceContact' | 'daysSinceSignedTime' | 'daysWithoutSignedTimeMax' | 'doubtfulLedgerMax')
  | ('each' | 'exemption' | 'for' | 'from' | 'given' | 'graceDays' | 'gross' | 'holder' | 'homeArea')
  | ('homeSite' | 'household' | 'isCopyable' | 'isNamed' | 'kind' | 'kinds' | 'last' | 'left' | 'max')
  | ('medium' | 'months' | 'most' | 'papers' | 'perDayMax' | 'permille' | 'perMonthMax' | 'plan')
  | ('plans' | 'priceEach' | 'purse' | 'quantity' | 'quota' | 'representedThisMonth' | 'role' | 'roles' | 'roster')
  | ('scheme' | 'schemes' | 'services' | 'servicesMax' | 'site' | 'supervisor' | 'units' | 'unitsMax')
  | ('until' | 'usedDay' | 'usedEver' | 'usedMonth' | 'usedYear' | 'value' | 'waitingDays' | 'who');

/** What one rule compared: names of values and the values. */
export type Facts = Readonly<Partial<Record<FactName, string | number | boolean | null>>>;
