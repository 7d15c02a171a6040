import type { BrokenExecutor } from './broken-executor.ts';
import { FAULTY_CLOSING } from './faulty-closing.ts';
import { FAULTY_ENDINGS } from './faulty-endings.ts';
import { FAULTY_INPUT } from './faulty-input.ts';
import { FAULTY_KEYS } from './faulty-keys.ts';
import { FAULTY_LEAKS } from './faulty-leaks.ts';
import { FAULTY_RESULTS } from './faulty-results.ts';

/** Executors that break promises, one at a time. */
export const BROKEN_EXECUTORS: readonly BrokenExecutor[] = [
  ...FAULTY_RESULTS,
  ...FAULTY_ENDINGS,
  ...FAULTY_KEYS,
  ...FAULTY_LEAKS,
  ...FAULTY_INPUT,
  ...FAULTY_CLOSING,
];
