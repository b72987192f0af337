/** The real Mosquitto, for tests: it has to be there where `CI` is set. */
import { hasMosquitto as isInstalled } from '../../simulators/central/mosquitto.js';

export { type RunningMosquitto, startMosquitto } from '../../simulators/central/mosquitto.js';

/** Whether Mosquitto is installed. Where `CI` is set it has to be; elsewhere one line says what is skipped. */
export function hasMosquitto(): boolean {
  const found = isInstalled();
  if (!found && process.env.CI !== undefined) throw new Error('mosquitto is not installed (apt-get install mosquitto)');
  if (!found) process.stderr.write('skipped: tests against a real broker need mosquitto (apt-get install mosquitto)\n');
  return found;
}
