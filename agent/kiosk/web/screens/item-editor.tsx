import type { JSX } from 'preact';
import type { Texts } from '../../../domain/texts.js';
import type { ItemView } from '../../state.js';
import { usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';

/** What an {@link ItemEditor} is given. */
export interface ItemEditorProps {
  readonly item: ItemView;
  readonly programme: Texts;
  readonly quantity: number;
  readonly onStep: (by: number) => void;
  readonly onQuantity: (quantity: number) => void;
}

/** One commodity: what is left of its quotas, and how much of it is taken now. */
export function ItemEditor({ item, programme, quantity, onStep, onQuantity }: ItemEditorProps): JSX.Element {
  const { speech } = usePage();
  const name = speech.pick(item.name);
  return (
    <div class="editor">
      <div class="editor-facts">
        <p class="editor-programme">{speech.pick(programme)}</p>
        <h1 class="editor-name">
          <bdi>{name}</bdi>
        </h1>
        <p class="editor-available">
          {speech.say('available')}{' '}
          <bdi>
            <strong>{speech.number(item.available)}</strong> {speech.word(item.unit, item.available)}
          </bdi>
        </p>
        <Usage title={speech.say('today')} used={item.usedDay} taking={quantity} quota={item.quotaDay} />
        <Usage title={speech.say('month')} used={item.usedMonth} taking={quantity} quota={item.quotaMonth} />
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
            <span>{speech.word(item.unit, quantity)}</span>
          </output>
          <Key
            kind="step"
            id="more"
            repeats
            label={speech.say('more', { name })}
            disabled={quantity >= item.available}
            onPress={() => onStep(1)}
          >
            <Icon name="plus" />
          </Key>
        </div>
        <QuickKeys item={item} quantity={quantity} onQuantity={onQuantity} />
      </div>
    </div>
  );
}

function QuickKeys({
  item,
  quantity,
  onQuantity,
}: Pick<ItemEditorProps, 'item' | 'quantity' | 'onQuantity'>): JSX.Element {
  const { speech } = usePage();
  const amounts = { none: 0, half: Math.floor(item.available / 2), all: item.available } as const;
  return (
    <div class="quick">
      {(['none', 'half', 'all'] as const).map((name) => (
        <Key
          key={name}
          kind="choice"
          id={name}
          pressed={quantity === amounts[name]}
          disabled={name === 'half' && item.available < 2}
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
