import { checkStatements } from './program-statements.ts';

/**
 * Finds the login shell in $__errand_file: SHELL, else the account's own, else /bin/sh. The account's own is asked for only where SHELL
 * is of no use, since that takes processes; a container often has neither.
 */
export function loginShellStatements(): string[] {
  return [
    '__errand_file=${SHELL-}',
    `${UNUSABLE} && { __errand_uid=$(id -u); __errand_file=$(getent passwd "$__errand_uid" || grep "^[^:]*:[^:]*:$__errand_uid:" /etc/passwd); __errand_file=\${__errand_file##*:}; } 2>/dev/null`,
    `${UNUSABLE} && __errand_file=/bin/sh`,
    ...checkStatements('program'),
  ];
}

const UNUSABLE = '[ "${__errand_file#/}" = "$__errand_file" ] || [ ! -f "$__errand_file" ] || [ ! -x "$__errand_file" ]';
