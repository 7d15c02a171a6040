import { ConfigError, faultLine } from '../config/fault.ts';
import { findConfig } from '../config/find-config.ts';
import { messageOf } from '../message-of.ts';
import type { Finding } from './finding.ts';

/** Whether a configuration file is found here, and does what it says. */
export async function configurationFinding(): Promise<Finding> {
  const what = 'configuration';
  const file = findConfig(undefined);
  if (file === undefined) return { state: 'ok', what, found: 'no errand.yaml: the target is local' };
  const { readConfig } = await import('../config/read-config.ts');
  try {
    const { targets, warnings } = readConfig(file);
    const found = `${file} names ${targets.size} target${targets.size === 1 ? '' : 's'}`;
    const [first] = warnings;
    return {
      state: 'ok',
      what,
      found,
      ...(first && { hint: `${first.path}: ${first.message}${warnings.length > 1 ? ' (errand validate says more)' : ''}` }),
    };
  } catch (error) {
    const first = error instanceof ConfigError ? error.faults[0] : undefined;
    const found = first ? faultLine(file, first) : messageOf(error);
    return { state: 'fault', what, found, hint: 'errand validate tells all that is wrong.' };
  }
}
