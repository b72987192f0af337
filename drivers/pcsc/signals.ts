/** What a reader with lights and a buzzer is told for each signal. Source: ACR122U application programming interface §6.2, "Bi-color LED and buzzer control". */
import type { ReaderSignal } from '../reader.js';
import { type AcrSignal, acrSignalCommand } from './apdu.js';

/** Only this family takes the command; for another reader the same bytes might mean something else. */
const TAKES_SIGNALS = /\bACR122/;

/** Bits of the LED control: final state of red and green, and which of the two change; blinking and its first state are left off. */
const RED_ON = 0b0000_1101;
const GREEN_ON = 0b0000_1110;
/** Red blinks first and stays on. */
const RED_BLINKS = 0b0101_1101;

/** Short: the reader does nothing else meanwhile. One beep is good, two are not, one long is neither. */
const SIGNALS: Readonly<Record<ReaderSignal, AcrSignal>> = {
  granted: { leds: GREEN_ON, onUnits: 1, offUnits: 0, repeats: 1, buzzer: 1 },
  refused: { leds: RED_BLINKS, onUnits: 1, offUnits: 1, repeats: 2, buzzer: 1 },
  attention: { leds: RED_ON, onUnits: 3, offUnits: 0, repeats: 1, buzzer: 1 },
};

/** The command for a signal to the reader of this name, or `null` where it has no lights and buzzer that we know. */
export function signalCommand(reader: string, signal: ReaderSignal): Uint8Array | null {
  return TAKES_SIGNALS.test(reader) ? acrSignalCommand(SIGNALS[signal]) : null;
}
