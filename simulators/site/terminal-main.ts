/** A terminal as `wasl terminal run` starts it, with more readers: the PC/SC driver on cards that connect to a port, without pcscd. */
import { parseArgs } from 'node:util';
import { processOutput, reportFailure } from '../../agent/cli/shared/output.js';
import { untilStopped } from '../../agent/cli/shared/until-stopped.js';
import { readTerminalConfig } from '../../agent/config.js';
import { createLog } from '../../agent/log.js';
import { startTerminal } from '../../agent/main.js';
import { systemTimers } from '../../agent/system.js';
import { PcscReader } from '../../drivers/pcsc/reader.js';
import { vpcdService } from '../readers/vpcd-service.js';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: 'terminal.json' },
      'vpcd-port': { type: 'string', multiple: true, default: ['35963'] },
    },
  });
  const config = await readTerminalConfig(values.config);
  const log = createLog(config.logLevel, 'terminal');
  const readers = values['vpcd-port'].map((port, index) => {
    const load = vpcdService(`Simulated PCD 00 0${index}`, Number(port));
    return new PcscReader({ load, timers: systemTimers });
  });
  const terminal = await startTerminal(config, { log, readers });
  log.info({ kioskUrl: terminal.kioskUrl }, 'terminal ready');
  await untilStopped();
  await terminal.stop();
}

try {
  await main();
} catch (error) {
  process.exitCode = reportFailure(error, processOutput(false));
}
