import { Component, type ComponentChildren, type JSX } from 'preact';
import { LANGUAGES } from '../../domain/texts.js';
import { TEXTS } from './texts.js';

/** What a {@link Boundary} is given. */
export interface BoundaryProps {
  readonly children: ComponentChildren;
  /** Called once, when the page has failed. */
  readonly onFault: () => void;
}

/** Keeps a fault of the page from leaving it blank: says so in every language, since the fault may be in one. */
export class Boundary extends Component<BoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  override componentDidCatch(error: unknown): void {
    console.error('the kiosk page failed', error);
    this.setState({ failed: true });
    this.props.onFault();
  }

  override render(): ComponentChildren {
    if (!this.state.failed) return this.props.children;
    return <Fault />;
  }
}

function Fault(): JSX.Element {
  return (
    <div class="overlay" role="alert" data-overlay="fault">
      {LANGUAGES.map((language) => (
        <p key={language} lang={language} dir="auto">
          {TEXTS.faultTitle[language]}
        </p>
      ))}
    </div>
  );
}
