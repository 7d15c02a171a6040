import { canSwitchUser } from '../../local/accounts.ts';
import type { BrokenExecutor } from './broken-executor.ts';
import { FAULTY_AHEAD } from './faulty-ahead.ts';
import { FAULTY_CLOCKS } from './faulty-clocks.ts';
import { FAULTY_CLOSING } from './faulty-closing.ts';
import { FAULTY_DETACHED } from './faulty-detached.ts';
import { FAULTY_ENDINGS } from './faulty-endings.ts';
import { FAULTY_FILES } from './faulty-files.ts';
import { FAULTY_FOUND_AGAIN } from './faulty-found-again.ts';
import { FAULTY_INPUT } from './faulty-input.ts';
import { FAULTY_KEYS } from './faulty-keys.ts';
import { FAULTY_LEAKS } from './faulty-leaks.ts';
import { FAULTY_ODD_INPUT } from './faulty-odd-input.ts';
import { FAULTY_RESULTS } from './faulty-results.ts';
import { FAULTY_SESSIONS } from './faulty-sessions.ts';
import { FAULTY_SHELLLESS } from './faulty-shellless.ts';
import { FAULTY_SOURCES } from './faulty-sources.ts';
import { FAULTY_STARTS } from './faulty-starts.ts';
import { FAULTY_TERMINALS } from './faulty-terminals.ts';
import { FAULTY_USERS } from './faulty-users.ts';

/** Executors that break promises, one at a time. */
export const BROKEN_EXECUTORS: readonly BrokenExecutor[] = [
  ...FAULTY_RESULTS,
  ...FAULTY_ENDINGS,
  ...FAULTY_KEYS,
  ...FAULTY_DETACHED,
  ...FAULTY_FOUND_AGAIN,
  ...FAULTY_LEAKS,
  ...FAULTY_FILES,
  ...FAULTY_INPUT,
  ...FAULTY_CLOSING,
  ...FAULTY_STARTS,
  ...FAULTY_SOURCES,
  ...FAULTY_AHEAD,
  ...FAULTY_ODD_INPUT,
  ...FAULTY_CLOCKS,
  ...FAULTY_TERMINALS,
  ...FAULTY_SESSIONS,
  ...FAULTY_SHELLLESS,
  ...(canSwitchUser() ? FAULTY_USERS : []),
];
