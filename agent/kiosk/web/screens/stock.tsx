/** The goods of the outlet: what is left, what came in, what was counted, what is lost. A supervisor answers for each change. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { StockKind } from '../../../domain/event.js';
import type { BooksScreen, StockView } from '../../state.js';
import { useKeys, usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { NumberEntry, useNumber } from './number-pad.js';
import { Hint, PersonKey, PinEntry, usePin } from './pin.js';
import { Difference } from './sums.js';

/** Commodities on one page of the list. */
const PAGE = 4;
const UNITS_DIGITS_MAX = 7;
const KINDS = { delivery: 'stockDelivery', count: 'stockCount', 'write-off': 'stockWriteOff' } as const;

type Stock = Extract<BooksScreen, { readonly name: 'stock' }>;

/** What is about to be recorded. */
interface Change {
  readonly kind: StockKind;
  readonly of: StockView;
  /** Null until it was typed. */
  readonly quantity: number | null;
}

/** See the head of this file. */
export function StockScreen({ stock }: { readonly stock: Stock }): JSX.Element {
  const [chosen, setChosen] = useState<string | null>(null);
  const [change, setChange] = useState<Change | null>(null);
  const [told, setTold] = useState(stock.goods);
  // What was recorded is in the new book: its line is shown again as it stands now.
  if (told !== stock.goods) {
    const isRecorded = stock.hint === null && change?.quantity != null;
    setTold(stock.goods);
    if (isRecorded) setChange(null);
  }
  const line = stock.goods.find(({ commodity }) => commodity === chosen);
  if (change !== null && change.quantity !== null)
    return <AnswerStep stock={stock} change={change} onBack={() => setChange({ ...change, quantity: null })} />;
  if (change !== null)
    return (
      <QuantityStep
        change={change}
        onBack={() => setChange(null)}
        onQuantity={(quantity) => setChange({ ...change, quantity })}
      />
    );
  if (line !== undefined)
    return (
      <GoodsLine
        of={line}
        onBack={() => setChosen(null)}
        onKind={(kind) => setChange({ kind, of: line, quantity: null })}
      />
    );
  return <GoodsList stock={stock} onChoose={setChosen} />;
}

function GoodsList({
  stock,
  onChoose,
}: {
  readonly stock: Stock;
  readonly onChoose: (id: string) => void;
}): JSX.Element {
  const { speech, act, busy } = usePage();
  const [page, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(stock.goods.length / PAGE));
  const shown = stock.goods.slice((page % pages) * PAGE, (page % pages) * PAGE + PAGE);
  const leave = (): void => act({ type: 'leave' });
  useKeys({ Escape: leave });
  return (
    <section class="screen books">
      <h1 class="authorise-title">{speech.say('goodsTitle')}</h1>
      <div class="goods-list">
        {shown.map((line) => (
          <Key
            key={line.commodity}
            kind="plain"
            id={`goods-${line.commodity}`}
            onPress={() => onChoose(line.commodity)}
          >
            <bdi class="person-name">{speech.pick(line.name)}</bdi>
            <OnHand of={line} />
          </Key>
        ))}
      </div>
      <footer class="keys">
        <Key kind="plain" id="leave" disabled={busy} onPress={leave}>
          <Icon name="back" />
          {speech.say('goBack')}
        </Key>
        {pages > 1 && (
          <Key kind="plain" id="more-goods" onPress={() => setPage((now) => (now + 1) % pages)}>
            {speech.say('stockMore')} <bdi>{speech.say('ofTotal', { n: (page % pages) + 1, m: pages })}</bdi>
          </Key>
        )}
      </footer>
    </section>
  );
}

/** What is left, in words. */
function OnHand({ of }: { readonly of: StockView }): JSX.Element {
  const { speech } = usePage();
  const { onHand, unit, entries } = of;
  if (entries === 0) return <span class="on-hand">{speech.say('goodsNever')}</span>;
  return (
    <span class="on-hand" data-low={onHand !== null && onHand <= 0}>
      {onHand === null ? (
        speech.say('goodsUnknown')
      ) : (
        <bdi>
          <strong>{speech.number(onHand)}</strong> {speech.word(unit, onHand)}
        </bdi>
      )}
    </span>
  );
}

function GoodsLine({
  of,
  onBack,
  onKind,
}: {
  readonly of: StockView;
  readonly onBack: () => void;
  readonly onKind: (kind: StockKind) => void;
}): JSX.Element {
  const { speech, nowMs } = usePage();
  const { lastCount, unit } = of;
  const words = (units: number): string => `${speech.number(units)} ${speech.word(unit, units)}`;
  const by = lastCount === null ? 0 : lastCount.counted - lastCount.believed;
  useKeys({ Escape: onBack });
  return (
    <section class="screen books">
      <header class="books-head">
        <h1 class="authorise-title">
          <bdi>{speech.pick(of.name)}</bdi>
        </h1>
        <p class="books-facts">
          {speech.say('onHand')}: <OnHand of={of} />
        </p>
      </header>
      <div class="books-body">
        {lastCount !== null && (
          <div class="books-result">
            <p class="books-hint">{speech.say('lastCounted', { when: speech.ago(lastCount.time * 1000, nowMs) })}</p>
            <Difference
              expected={words(lastCount.believed)}
              counted={words(lastCount.counted)}
              by={by}
              words={words(Math.abs(by))}
            />
          </div>
        )}
      </div>
      <footer class="keys books-kinds">
        <Key kind="plain" id="back" onPress={onBack}>
          <Icon name="back" />
          {speech.say('goBack')}
        </Key>
        {(['delivery', 'count', 'write-off'] as const).map((kind) => (
          <Key key={kind} kind="choice" id={kind} onPress={() => onKind(kind)}>
            {speech.say(KINDS[kind])}
          </Key>
        ))}
      </footer>
    </section>
  );
}

function QuantityStep({
  change: { kind, of },
  onBack,
  onQuantity,
}: {
  readonly change: Change;
  readonly onBack: () => void;
  readonly onQuantity: (quantity: number) => void;
}): JSX.Element {
  const { speech } = usePage();
  const typed = useNumber(UNITS_DIGITS_MAX);
  const { value } = typed;
  const believed = of.onHand ?? 0;
  const words = (units: number): string => `${speech.number(units)} ${speech.word(of.unit, units)}`;
  const least = kind === 'count' ? 0 : 1;
  const after = value === null ? null : kind === 'count' ? value : believed + (kind === 'delivery' ? value : -value);
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">
          {speech.say(KINDS[kind])}: <bdi>{speech.pick(of.name)}</bdi>
        </h1>
        {kind === 'count' ? (
          <Difference
            expected={words(believed)}
            counted={value === null ? null : words(value)}
            by={value === null ? 0 : value - believed}
            words={words(Math.abs((value ?? believed) - believed))}
          />
        ) : (
          <p class="books-hint">
            {after === null ? speech.say('stockHowMany') : speech.say('stockAfter', { n: after })}
          </p>
        )}
        <div class="books-keys">
          <Key kind="plain" id="back" onPress={onBack}>
            <Icon name="back" />
            {speech.say('goBack')}
          </Key>
        </div>
      </div>
      <NumberEntry
        typed={typed}
        shown={value === null ? speech.say('stockHowMany') : words(value)}
        next={speech.say('next')}
        id="quantity"
        disabled={value === null || value < least}
        onNext={() => onQuantity(value ?? 0)}
      />
    </section>
  );
}

function AnswerStep({
  stock,
  change: { kind, of, quantity },
  onBack,
}: {
  readonly stock: Stock;
  readonly change: Change;
  readonly onBack: () => void;
}): JSX.Element {
  const { speech, act } = usePage();
  const units = quantity ?? 0;
  const record = (supervisor: number, pin: string): void =>
    act({ type: 'stock', kind, quantities: { [of.commodity]: units }, supervisor, pin });
  const typed = usePin({ people: stock.supervisors, onPin: record, onCancel: onBack });
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('authoriseTitle')}</h1>
        <p class="authorise-what">
          {speech.say(KINDS[kind])}: <bdi>{speech.pick(of.name)}</bdi>,{' '}
          <bdi>
            {speech.number(units)} {speech.word(of.unit, units)}
          </bdi>
        </p>
        {stock.supervisors.length === 0 ? (
          <p class="books-hint">{speech.say('noSupervisors')}</p>
        ) : (
          <PersonKey typed={typed} id="supervisor" />
        )}
        <Hint hint={stock.hint} />
        <div class="books-keys">
          <Key kind="plain" id="back" onPress={onBack}>
            <Icon name="back" />
            {speech.say('goBack')}
          </Key>
        </div>
      </div>
      <PinEntry typed={typed} ask={speech.say('pin')} allow={speech.say('record')} id="record" />
    </section>
  );
}
