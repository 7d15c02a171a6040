import type { ProcessRequest } from '../driver.ts';
import { ExecError, invalidOption, notSupported } from '../errors.ts';
import { tooLong } from './argument-size.ts';

/** What is told of a refused request. */
type Refused = Pick<ProcessRequest, 'command' | 'cwd' | 'shell' | 'limits'>;

/** What a launcher's `refused WORD` means for the caller. */
export function refusal(word: string, request: Refused): ExecError {
  const { command, cwd = '', shell } = request;
  const program = typeof command === 'string' ? shell : (command[0] ?? '');
  switch (word) {
    case 'cwd':
      return notFound('cwd', cwd, `cwd: there is no directory '${cwd}' on the target.`);
    case 'cwd-denied':
      return denied('cwd', cwd, `cwd: '${cwd}' may not be entered on the target.`);
    case 'program':
    case 'shell': {
      const where = program.includes('/') ? 'there is no such file' : "it is in no directory of the target's PATH";
      return notFound(word, program, `The ${word} '${program}' was not found: ${where}.`);
    }
    case 'program-denied':
      return denied('program', program, `The program '${program}' is not an executable file.`);
    case 'shell-denied':
      return denied('shell', program, `The shell '${program}' is not an executable file.`);
    case 'size':
      return tooLong();
    case 'group':
      return new ExecError(
        'EXEC_UNAVAILABLE',
        'The target does not start commands in a process group of their own, so nothing could end them.',
      );
    case 'stty':
      return notSupported('openTerminal', 'the target has no stty, or gave no terminal; use openSession() or exec()');
    case 'supervisor':
      return new ExecError(
        'EXEC_UNAVAILABLE',
        'The supervisor on the target is gone, and the command was not started without it. Try again.',
      );
    default:
      return optionRefusal(word, request);
  }
}

function optionRefusal(word: string, { limits }: Refused): ExecError {
  const [kind, name = ''] = word.split('.');
  if (kind === 'limits') {
    return invalidOption(
      word,
      `${limits[name as keyof typeof limits]} could not be set`,
      "at most the target's own hard limit (ulimit -H)",
    );
  }
  if (kind === 'env')
    return invalidOption(word, "the target's sh keeps this name for itself", 'any other name; or set it inside the command, with env(1)');
  return new ExecError('EXEC_UNAVAILABLE', 'The target refused the command without saying why.');
}

function notFound(what: 'program' | 'shell' | 'cwd', name: string, message: string): ExecError {
  return new ExecError('EXEC_NOT_FOUND', message, { detail: { what, name } });
}

function denied(what: 'program' | 'shell' | 'cwd', name: string, message: string): ExecError {
  return new ExecError('EXEC_PERMISSION', message, { detail: { what, name } });
}
