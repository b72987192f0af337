/** The checks of `wasl doctor`: each looks at one thing of this machine and says what to do when it is not as it should be. */
import { loadOpenSerial } from '../../../drivers/serial/serial-port.js';
import { readTerminalConfig, type TerminalConfig } from '../../config.js';
import { type Finding, ok, problem, textOf, warning } from './finding.js';
import { diagnoseReaders, thisMachine } from './readers.js';
import { diagnoseTerminal } from './terminal.js';

const NODE_MIN = [20, 19] as const;

/** Runs all checks; with a configuration also those of what it names. Changes nothing on the machine. Never rejects. */
export async function diagnose(configFile: string | undefined): Promise<Finding[]> {
  if (configFile === undefined) return diagnoseMachine({ pcsc: false, serial: false });
  let config: TerminalConfig;
  try {
    config = await readTerminalConfig(configFile);
  } catch (error) {
    const fix = 'mend the file; docs/operators/terminal.md explains each setting';
    return [...(await diagnoseMachine({ pcsc: false, serial: false })), problem('configuration', textOf(error), fix)];
  }
  const uses = (type: 'pcsc' | 'serial'): boolean => config.readers.some((reader) => reader.type === type);
  return [
    ...(await diagnoseMachine({ pcsc: uses('pcsc'), serial: uses('serial') })),
    ok('configuration', `${configFile} is sound`),
    ...(await diagnoseTerminal(config)),
  ];
}

/** What is missing for readers that the configuration names is a problem, otherwise a warning. */
async function diagnoseMachine(needs: { readonly pcsc: boolean; readonly serial: boolean }): Promise<Finding[]> {
  return [
    checkNode(),
    ...(await diagnoseReaders(thisMachine(), needs.pcsc)),
    await checkSerial(needs.serial ? problem : warning),
  ];
}

type Missing = typeof problem | typeof warning;

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const message = `Node ${process.versions.node} on ${process.platform} ${process.arch}`;
  return good ? ok('node', message) : problem('node', message, `install Node ${NODE_MIN.join('.')} or newer`);
}

async function checkSerial(missing: Missing): Promise<Finding> {
  try {
    await loadOpenSerial();
    return ok('serial module', 'serialport is there');
  } catch (error) {
    return missing('serial module', textOf(error), 'npm rebuild @serialport/bindings-cpp');
  }
}
