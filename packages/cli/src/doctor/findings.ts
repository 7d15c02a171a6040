import { localExecutor } from '@errand/core';
import { configurationFinding } from './configuration.ts';
import type { Finding } from './finding.ts';
import { localAbilities, localRuns, localTerminals } from './local.ts';
import { stateFinding } from './state.ts';

/** Tries what Errand needs and offers on this machine. It changes nothing. */
export async function findings(): Promise<Finding[]> {
  const node: Finding = { state: 'ok', what: 'Node', found: process.versions.node };
  return [node, ...(await localFindings()), await configurationFinding(), await stateFinding()];
}

async function localFindings(): Promise<Finding[]> {
  if (process.platform === 'win32') {
    return [{ state: 'fault', what: 'local', found: 'Windows has no POSIX processes', hint: 'Run errand inside WSL.' }];
  }
  await using executor = localExecutor();
  return [await localRuns(executor), ...localAbilities(executor.supports), await localTerminals(executor)];
}
