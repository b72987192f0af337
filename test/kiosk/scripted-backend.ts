import { WaslError } from '../../agent/domain/errors.js';
import type { KioskBackend, KioskCommand, KioskState, Screen, StatusBar, StockView } from '../../agent/kiosk/state.js';
import { sampleBar, sampleState } from './samples.js';

/** A terminal that shows what a test tells it to, checks commands as the port asks, and keeps what it was asked. */
export interface ScriptedBackend extends KioskBackend {
  readonly commands: KioskCommand[];
  show(screen: Screen, bar?: Partial<StatusBar>): void;
  set(change: Partial<KioskState>): void;
  /** What a command does next, in place of being taken and nothing more. */
  onCommand(script: (command: KioskCommand) => Promise<void> | void): void;
  /** Makes `state()` throw, or work again. */
  breakState(broken: boolean): void;
  listeners(): number;
  /** What `stock()` tells from now on. */
  keep(stock: readonly StockView[]): void;
}

/** Makes one; it begins idle. */
export function scriptedBackend(): ScriptedBackend {
  const listeners = new Set<() => void>();
  const commands: KioskCommand[] = [];
  let state = sampleState({ name: 'idle', pending: [] });
  let script: (command: KioskCommand) => Promise<void> | void = () => {};
  let broken = false;
  let stock: readonly StockView[] = [];
  const set = (change: Partial<KioskState>): void => {
    state = { ...state, ...change, version: state.version + 1 };
    for (const listener of listeners) listener();
  };
  return {
    commands,
    state() {
      if (broken) throw new Error('the terminal has no state');
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stock: () => Promise.resolve(stock),
    keep: (next) => {
      stock = next;
    },
    async command(command) {
      commands.push(command);
      if (!isCurrent(state.screen, command)) throw new WaslError('ERR_TAP_STATE');
      await script(command);
    },
    show: (screen, bar = {}) => set({ screen, bar: { ...sampleBar(), ...bar } }),
    set,
    onCommand: (next) => {
      script = next;
    },
    breakState: (next) => {
      broken = next;
    },
    listeners: () => listeners.size,
  };
}

function isCurrent(screen: Screen, command: KioskCommand): boolean {
  if (command.type === 'stock') return screen.name === 'idle' || screen.name === 'stock';
  if (command.type === 'select') return ['idle', 'represent', 'offer', 'refused', 'voided'].includes(screen.name);
  const screens = {
    confirm: ['offer'],
    claim: ['offer'],
    'holder-pin': ['offer'],
    represent: ['idle'],
    search: ['idle'],
    find: ['search'],
    choose: ['search'],
    cancel: ['idle', 'represent', 'offer', 'paying', 'search', 'authorise', 'return', 'health', 'card-pin'],
    'card-pin': ['offer', 'refused'],
    'pin-set': ['card-pin'],
    'pin-change': ['card-pin'],
    'pin-allow': ['card-pin'],
    'pin-unblock': ['card-pin'],
    handover: ['granted', 'idle'],
    'take-back': ['granted', 'idle'],
    authorise: ['authorise'],
    'open-records': ['offer', 'refused'],
    'add-record': ['health'],
    dismiss: ['refused', 'unresolved', 'voided', 'card-pin-done'],
    'log-in': ['log-in'],
    'log-out': ['idle', 'shift-open'],
    shift: ['idle', 'shift-open'],
    'shift-open': ['shift-open'],
    'shift-close': ['shift-close'],
    goods: ['idle'],
    leave: ['shift-open', 'shift-close', 'shift-closed', 'stock'],
  } as const;
  if (!(screens[command.type] as readonly string[]).includes(screen.name)) return false;
  if (!('tapId' in command)) return true;
  if (screen.name === 'idle' && command.type === 'cancel') return screen.standIn?.tapId === command.tapId;
  if (screen.name === 'idle') return screen.pending.some(({ tapId }) => tapId === command.tapId);
  return 'tapId' in screen && screen.tapId === command.tapId;
}
