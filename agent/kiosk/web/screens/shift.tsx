import type { JSX } from 'preact';
import type { BooksScreen, ShiftView } from '../../state.js';
import { moneyIn } from '../books.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { NumberEntry, useNumber } from './number-pad.js';
import { Difference, SumsGoods, SumsTable } from './sums.js';

/** Digits of the largest sum in a drawer. */
const MONEY_DIGITS_MAX = 9;

type Opening = Extract<BooksScreen, { readonly name: 'shift-open' }>;

/** Nobody's shift is open, or somebody else's: the drawer is counted first. */
export function ShiftOpenScreen({ opening }: { readonly opening: Opening }): JSX.Element {
  if (opening.open !== null) return <OtherShift opening={opening} shift={opening.open} />;
  return opening.takesCash ? <CountedOpening opening={opening} /> : <PlainOpening opening={opening} />;
}

function CountedOpening({ opening }: { readonly opening: Opening }): JSX.Element {
  const { speech, act } = usePage();
  const typed = useNumber(MONEY_DIGITS_MAX);
  const { value } = typed;
  const open = (): void => {
    if (value !== null) act({ type: 'shift-open', float: value });
  };
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('shiftOpenTitle')}</h1>
        <p class="books-hint">{speech.say('shiftFloatHint')}</p>
        {opening.isForced && <p class="books-hint">{speech.say('shiftForced')}</p>}
        <OpeningKeys opening={opening} />
      </div>
      <NumberEntry
        typed={typed}
        shown={value === null ? speech.say('drawer') : moneyIn(value, opening.currency, speech)}
        next={speech.say('openNow')}
        id="shift-open"
        disabled={value === null}
        onNext={open}
      />
    </section>
  );
}

function PlainOpening({ opening }: { readonly opening: Opening }): JSX.Element {
  const { speech, act, busy } = usePage();
  const open = (): void => act({ type: 'shift-open', float: null });
  useKeys({ Enter: open });
  return (
    <section class="screen books-plain">
      <div class="centred">
        <h1 class="title">{speech.say('shiftOpenTitle')}</h1>
        <p class="hint">{speech.say('shiftNoMoneyHint')}</p>
        {opening.isForced && <p class="hint">{speech.say('shiftForced')}</p>}
      </div>
      <footer class="keys">
        <OpeningKeys opening={opening} />
        <Key kind="primary" id="shift-open" disabled={busy} onPress={open}>
          <Icon name="check" />
          {speech.say('shiftOpen')}
        </Key>
      </footer>
    </section>
  );
}

function OtherShift({ opening, shift }: { readonly opening: Opening; readonly shift: ShiftView }): JSX.Element {
  const { speech, act, busy, nowMs } = usePage();
  return (
    <section class="screen books-plain">
      <div class="centred">
        <h1 class="books-title">{speech.say('shiftOther', { name: shift.operator ?? speech.say('shiftSomebody') })}</h1>
        <p class="hint">{speech.say('openedWhen', { when: speech.ago(shift.sinceMs, nowMs) })}</p>
        <p class="hint">{speech.say('shiftOtherHint')}</p>
      </div>
      <footer class="keys">
        <OpeningKeys opening={opening} />
        <Key kind="primary" id="shift" disabled={busy} onPress={() => act({ type: 'shift' })}>
          {speech.say('shiftClose')}
        </Key>
      </footer>
    </section>
  );
}

/** Back to service where nobody has to open a shift; else whoever came in can only go again. */
function OpeningKeys({ opening }: { readonly opening: Opening }): JSX.Element | null {
  const { speech, act, busy } = usePage();
  if (!opening.isForced)
    return (
      <Key kind="plain" id="leave" disabled={busy} onPress={() => act({ type: 'leave' })}>
        <Icon name="back" />
        {speech.say('goBack')}
      </Key>
    );
  if (opening.operator === null) return null;
  return (
    <Key kind="plain" id="log-out" disabled={busy} onPress={() => act({ type: 'log-out' })}>
      <Icon name="persons" />
      {speech.say('logOut', { name: opening.operator })}
    </Key>
  );
}

/** The shift is closed: what it came to, to be copied into the book or photographed. */
export function ShiftClosedScreen({
  closed,
}: {
  readonly closed: Extract<BooksScreen, { readonly name: 'shift-closed' }>;
}): JSX.Element {
  const { speech, act, busy, timeZone } = usePage();
  const { shift, sums, currency, counted, difference, supervisor, closedMs, reason } = closed;
  const leave = (): void => act({ type: 'leave' });
  useKeys({ Enter: leave });
  return (
    <section class="screen books">
      <header class="books-head">
        <h1 class="authorise-title">{speech.say('closedTitle')}</h1>
        <p class="books-facts">
          {shift.operator !== null && <bdi dir="auto">{shift.operator}</bdi>}{' '}
          <bdi>
            {shift.isOld
              ? speech.say('openedWhen', { when: speech.ago(shift.sinceMs, closedMs) })
              : `${speech.clock(shift.sinceMs, timeZone)} – ${speech.clock(closedMs, timeZone)}`}
          </bdi>
        </p>
      </header>
      <div class="books-body">
        <SumsTable sums={sums} currency={currency} />
        <div class="books-result">
          {counted !== null && sums.expected !== null && (
            <Difference
              expected={moneyIn(sums.expected, currency, speech)}
              counted={moneyIn(counted, currency, speech)}
              by={difference}
              words={moneyIn(Math.abs(difference), currency, speech)}
            />
          )}
          <SumsGoods sums={sums} max={counted === null ? 4 : reason === 'none' ? 2 : 0} />
          {reason !== 'none' && <p class="books-hint">{speech.say(REASON_KEYS[reason])}</p>}
          {supervisor !== null && <p class="books-hint">{speech.say('closedBy', { name: supervisor })}</p>}
        </div>
      </div>
      <footer class="keys">
        <Key kind="primary" id="leave" disabled={busy} onPress={leave}>
          <Icon name="check" />
          {speech.say('done')}
        </Key>
      </footer>
    </section>
  );
}

/** The words for each reason of a difference. */
export const REASON_KEYS = {
  change: 'reasonChange',
  float: 'reasonFloat',
  receipt: 'reasonReceipt',
  loss: 'reasonLoss',
  unexplained: 'reasonUnexplained',
} as const;
