/** For packages beside core: checks of options, which word what is wrong as core does. */
export { invalidOption, notSupported } from '../errors.ts';
export { checkEach, type OptionChecks } from './check-each.ts';
export { readOptions } from './read-options.ts';
export {
  abortSignal,
  absolutePath,
  boolean,
  type Check,
  callback,
  having,
  integer,
  MAX_DELAY_MS,
  matching,
  object,
  oneOf,
  text,
} from './values.ts';
