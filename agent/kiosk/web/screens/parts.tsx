import type { JSX } from 'preact';
import type { HolderView, TakenView } from '../../state.js';
import { usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { languageTag } from '../speech.js';

/** Names longer than this are set smaller, chars. */
const LONG_NAME_CHARS = 32;

/** Quantities in one line of text: "٢٠ رغيفًا خبز · ٢ كجم سكر". */
export function Amounts({ taken }: { readonly taken: readonly TakenView[] }): JSX.Element {
  const { speech } = usePage();
  return (
    <p class="amounts">
      {taken.map(({ commodity, name, unit, quantity }, at) => (
        <span key={commodity}>
          <bdi>
            <strong>{speech.number(quantity)}</strong>
            {`\u00a0${speech.word(unit, quantity)}`}
            {taken.length > 1 && ` ${speech.pick(name)}`}
          </bdi>
          {at < taken.length - 1 && '\u00a0· '}
        </span>
      ))}
    </p>
  );
}

/** Name of the holder in the language of the card, and in its second script beneath. */
export function HolderName({ holder }: { readonly holder: Pick<HolderView, 'names'> }): JSX.Element {
  const [first, second] = holder.names;
  return (
    <div class="holder-name">
      {first !== undefined && (
        <p
          class="holder-first"
          dir="auto"
          lang={languageTag(first.language)}
          data-long={first.text.length > LONG_NAME_CHARS}
        >
          {first.text}
        </p>
      )}
      {second !== undefined && (
        <p class="holder-second" dir="auto" lang={languageTag(second.language)}>
          {second.text}
        </p>
      )}
    </div>
  );
}

/** Household and card, as small facts beside the name; that the card has just been renewed or changed; and that it nears its end. */
export function HolderFacts({
  holder,
  isRenewed,
  expiresInDays,
  standIn,
}: {
  readonly holder: HolderView;
  readonly isRenewed: boolean;
  readonly expiresInDays?: number | undefined;
  readonly standIn?: HolderView | undefined;
}): JSX.Element {
  const { speech } = usePage();
  return (
    <ul class="facts">
      {/* Who stands there is more to the clerk than how many live in the house. */}
      <li>
        {standIn === undefined ? (
          <>
            <Icon name="persons" />
            <span>{speech.count('draws', holder.householdSize, { draws: holder.draws })}</span>
          </>
        ) : (
          <CollectedBy holder={standIn} />
        )}
      </li>
      <li>
        <Icon name={holder.isListed === true ? 'persons' : 'card'} />
        <CardEnding of={holder} />
      </li>
      {isRenewed && (
        <li class="fact-renewed">
          <Icon name="check" />
          <span>{speech.say('renewed')}</span>
        </li>
      )}
      {expiresInDays !== undefined && (
        <li class="fact-expires">
          <Expiry days={expiresInDays} />
        </li>
      )}
    </ul>
  );
}

/** What the holder is to be told: in how many days the card expires. */
export function Expiry({ days }: { readonly days: number }): JSX.Element {
  const { speech } = usePage();
  return (
    <span class="expiry">
      <Icon name="warning" />
      <span>{speech.count('expiresIn', days)}</span>
    </span>
  );
}

/** The last digits of the card, as printed on it, or of the id of somebody on a list: never in other digits, never mirrored. */
export function CardEnding({ of }: { readonly of: Pick<HolderView, 'cardEnding' | 'isListed'> }): JSX.Element {
  const { speech } = usePage();
  return (
    <span>
      {speech.say(of.isListed === true ? 'listedEnding' : 'cardEnding')} <bdi class="id">{of.cardEnding}</bdi>
    </span>
  );
}

/** What is to be handed over, or was given back, in digits that are read across a counter. */
export function Goods({ taken }: { readonly taken: readonly TakenView[] }): JSX.Element {
  const { speech } = usePage();
  return (
    <ul class="goods" data-count={taken.length}>
      {taken.map(({ commodity, name, unit, quantity }) => (
        <li key={commodity}>
          <strong class="goods-quantity" data-digits={String(quantity).length}>
            {speech.number(quantity)}
          </strong>
          <span class="goods-what">
            <span class="goods-unit">{speech.word(unit, quantity)}</span>
            <bdi class="goods-name">{speech.pick(name)}</bdi>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Asks for a grant to be taken back: a supervisor is asked next. */
export function TakeBackKey({ tapId, id }: { readonly tapId: string; readonly id: string }): JSX.Element {
  const { speech, act, busy } = usePage();
  return (
    <Key kind="plain" id={id} disabled={busy} onPress={() => act({ type: 'take-back', tapId })}>
      <Icon name="back" />
      {speech.say('takeBack')}
    </Key>
  );
}

/** Who collects for the holder, in one line: a long name is cut short. */
export function CollectedBy({ holder }: { readonly holder: HolderView }): JSX.Element {
  const { speech } = usePage();
  const [name] = holder.names;
  return (
    <span class="stand-in">
      <Icon name="persons" />
      <span>{speech.say('collectedBy')}</span>
      <bdi class="stand-in-name" lang={languageTag(name?.language ?? 'und')}>
        {name?.text ?? ''}
      </bdi>
      <bdi class="id">{holder.cardEnding}</bdi>
    </span>
  );
}
