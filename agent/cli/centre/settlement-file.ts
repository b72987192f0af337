/** The configuration of settlement as commands read it, and where its secrets are. */
import { checkSettlementConfig, type SettlementConfig } from '../../../sync/settlement/config.js';
import { type CentreFile, readCentreFile } from './file.js';

/** Reads settlement's file: a checked configuration with folders as absolute paths, and its secrets. Rejects with `ERR_CONFIG`. */
export function readSettlementFile(file: string): Promise<CentreFile<SettlementConfig>> {
  return readCentreFile(file, (value, at) => {
    const config = checkSettlementConfig(value);
    const { folder, historyFolder } = config.lists;
    const views = config.views === undefined ? {} : { views: at(config.views) };
    const history = historyFolder === undefined ? {} : { historyFolder: at(historyFolder) };
    return { ...config, ...views, lists: { ...config.lists, folder: at(folder), ...history } };
  });
}
