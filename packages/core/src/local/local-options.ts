import type { OptionChecks } from '../checks/check-each.ts';
import { entries } from '../checks/values.ts';
import { invalidOption } from '../errors.ts';
import type { ExecutorOptions } from '../options.ts';

/** Options of `localExecutor`. */
export interface LocalExecutorOptions extends ExecutorOptions {
  /**
   * What commands get as environment, beneath their own `env`. `inherit` (default): a copy of `process.env` taken when the
   * executor is made. `minimal`: of that only PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TZ, TERM and TMPDIR. A record:
   * exactly that. `ERRAND_*` variables are never passed on.
   */
  readonly environment?: 'inherit' | 'minimal' | Readonly<Record<string, string>>;
}

/** How the local backend's own options are checked. */
export const localOptionChecks: OptionChecks = {
  environment: (option, value) => {
    if (value === 'inherit' || value === 'minimal') return;
    if (typeof value === 'string') throw invalidOption(option, 'is no such mode', "'inherit', 'minimal', or a record of variables");
    for (const [name, item] of entries(option, value)) {
      if (typeof item !== 'string' || item.includes('\0') || name === '' || /[=\0]/.test(name)) {
        throw invalidOption(option, `${JSON.stringify(name.slice(0, 64))} is no variable`, 'names and strings without NUL');
      }
    }
  },
};
