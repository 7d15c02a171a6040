import { quote } from '../../command.ts';

/** Answers with the directory that the shell starts in. */
export const WHERE_STATEMENTS = `begin
pwd`;

/** Answers with what `look` tells of a file. */
export function statStatements(file: string): string {
  return `look ${quote(file)} -L || fail path "$said"
begin
printf %s "$said"`;
}

/** Answers with what `look` tells of each file in a directory, and its name behind `./`, all behind `mark`. */
export function listStatements(directory: string, mark: string): string {
  return `look ${quote(directory)} -L || fail path "$said"
case $said in 4*) ;; *) refuse path no-directory ;; esac
enter ${quote(directory)} path
[ -r . ] || fail path ': Permission denied'
begin
# What goes in between is no fault.
find . ! -name . -prune -exec stat $style "${mark} $format $label" {} +
[ $? != 127 ] || fail path 'find: not found'`;
}
