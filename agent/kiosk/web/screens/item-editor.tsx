import type { JSX } from 'preact';
import type { Texts } from '../../../domain/texts.js';
import type { ItemView } from '../../state.js';
import { chargeOn, isPaperOnly, type PaperLines } from '../choices.js';
import { usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';

/** What an {@link ItemEditor} is given. */
export interface ItemEditorProps {
  readonly item: ItemView;
  readonly programme: Texts;
  /** ISO 4217; null where nothing has a price. */
  readonly currency: string | null;
  /** What the stepper counts, and the most of it. */
  readonly stepped: { readonly quantity: number; readonly most: number };
  /** What was chosen of the papers that it writes. */
  readonly lines: PaperLines;
  readonly onStep: (by: number) => void;
  readonly onQuantity: (quantity: number) => void;
  /** Asks what a paper is for, or where it may be taken. */
  readonly onSheet: (name: 'for' | 'site') => void;
}

/** One commodity: what is left of its quotas, and how much of it is taken now. */
export function ItemEditor(props: ItemEditorProps): JSX.Element {
  const { item, programme, currency, stepped, lines, onStep, onQuantity, onSheet } = props;
  const { speech } = usePage();
  const name = speech.pick(item.name);
  const { quantity, most } = stepped;
  const unit = isPaperOnly(item)
    ? (item.writes?.for.find((one) => one.commodity === lines.at)?.unit ?? item.unit)
    : item.unit;
  return (
    <div class="editor">
      <div class="editor-facts">
        <p class="editor-programme">{speech.pick(programme)}</p>
        <h1 class="editor-name">
          <bdi>{name}</bdi>
        </h1>
        {item.writes === undefined ? (
          <>
            <p class="editor-available">
              {speech.say('available')}{' '}
              <bdi>
                <strong>{speech.number(item.available)}</strong> {speech.word(item.unit, item.available)}
              </bdi>
            </p>
            {item.left !== undefined && (
              <p class="editor-low">
                {speech.say('leftInStore')}{' '}
                <bdi>
                  {speech.number(item.left)} {speech.word(item.unit, item.left)}
                </bdi>
              </p>
            )}
            <PriceFact item={item} quantity={quantity} currency={currency} />
            <Usage title={speech.say('today')} used={item.usedDay} taking={quantity} quota={item.quotaDay} />
            <Usage title={speech.say('month')} used={item.usedMonth} taking={quantity} quota={item.quotaMonth} />
          </>
        ) : (
          <PaperKeys item={item} lines={lines} onSheet={onSheet} />
        )}
      </div>
      <div class="editor-controls">
        <div class="stepper">
          <Key
            kind="step"
            id="less"
            repeats
            label={speech.say('less', { name })}
            disabled={quantity <= 0}
            onPress={() => onStep(-1)}
          >
            <Icon name="minus" />
          </Key>
          <output class="stepper-quantity" aria-live="polite">
            <strong data-digits={String(quantity).length}>{speech.number(quantity)}</strong>
            <span>{speech.word(unit, quantity)}</span>
          </output>
          <Key
            kind="step"
            id="more"
            repeats
            label={speech.say('more', { name })}
            disabled={quantity >= most}
            onPress={() => onStep(1)}
          >
            <Icon name="plus" />
          </Key>
        </div>
        <QuickKeys most={most} quantity={quantity} onQuantity={onQuantity} />
      </div>
    </div>
  );
}

interface PaperKeysProps {
  readonly item: ItemView;
  readonly lines: PaperLines;
  readonly onSheet: (name: 'for' | 'site') => void;
}

/** What is said of a paper, as two keys that ask for it. */
function PaperKeys({ item, lines, onSheet }: PaperKeysProps): JSX.Element {
  const { speech } = usePage();
  const purpose = item.writes?.for.find(({ commodity }) => commodity === lines.at);
  const site = item.writes?.sites?.find(({ number }) => number === lines.site);
  const none = speech.say(item.writes?.isOptional === true ? 'withoutPaper' : 'chooseFor');
  return (
    <div class="paper-keys">
      <Key kind="plain" id="paper-for" onPress={() => onSheet('for')}>
        <span class="paper-key-title">{speech.say('writtenFor')}</span>
        <bdi>{purpose === undefined ? none : speech.pick(purpose.name)}</bdi>
      </Key>
      {item.writes?.sites != null && (
        <Key kind="plain" id="paper-site" onPress={() => onSheet('site')}>
          <span class="paper-key-title">{speech.say('writtenWhere')}</span>
          {site === undefined ? <bdi>{speech.say('chooseSite')}</bdi> : <bdi class="id">{site.name}</bdi>}
        </Key>
      )}
      {item.writes?.sites === null && (
        <p class="paper-any">
          <span class="paper-key-title">{speech.say('writtenWhere')}</span> {speech.say('anySite')}
        </p>
      )}
    </div>
  );
}

/** What the quantity costs, and what the holder pays of it. */
function PriceFact({ item, quantity, currency }: PriceFactProps): JSX.Element | null {
  const { speech } = usePage();
  if (item.price === undefined || currency === null) return null;
  const { gross, holder } = chargeOn(item, quantity === 0 ? 1 : quantity);
  return (
    <p class="editor-price">
      <span>{speech.say('price', { sum: speech.money(gross, currency) })}</span>{' '}
      <strong>
        {holder === 0 ? speech.say('nothingToPay') : speech.say('holderPays', { sum: speech.money(holder, currency) })}
      </strong>
    </p>
  );
}

interface PriceFactProps {
  readonly item: ItemView;
  readonly quantity: number;
  readonly currency: string | null;
}

interface QuickKeysProps {
  readonly most: number;
  readonly quantity: number;
  readonly onQuantity: (quantity: number) => void;
}

function QuickKeys({ most, quantity, onQuantity }: QuickKeysProps): JSX.Element {
  const { speech } = usePage();
  const amounts = { none: 0, half: Math.floor(most / 2), all: most } as const;
  return (
    <div class="quick">
      {(['none', 'half', 'all'] as const).map((name) => (
        <Key
          key={name}
          kind="choice"
          id={name}
          pressed={quantity === amounts[name] && (name === 'none' || most > 0)}
          disabled={name === 'half' && most < 2}
          onPress={() => onQuantity(amounts[name])}
        >
          {speech.say(name)}
        </Key>
      ))}
    </div>
  );
}

interface UsageProps {
  readonly title: string;
  readonly used: number;
  readonly taking: number;
  readonly quota: number;
}

/** How much of a quota is used, in words and as a bar: used before, taken now, left. */
function Usage({ title, used, taking, quota }: UsageProps): JSX.Element | null {
  const { speech } = usePage();
  if (quota <= 0) return null;
  const share = (amount: number): string => `${Math.min(100, (100 * amount) / quota)}%`;
  return (
    <div class="usage">
      <p>
        <span>{title}</span> <bdi>{speech.say('ofTotal', { n: used + taking, m: quota })}</bdi>
      </p>
      <div class="usage-bar" aria-hidden="true">
        <div class="usage-taking" style={{ inlineSize: share(used + taking) }} />
        <div class="usage-used" style={{ inlineSize: share(used) }} />
      </div>
    </div>
  );
}
