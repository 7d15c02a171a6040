import { quote } from '../../command.ts';

export function renameStatements(from: string, to: string): string {
  return `from=${quote(from)} to=${quote(to)}
look "$from" || fail from "$said"
[ "$from" != "$to" ] || { begin; ok; }
kind=$said
look "$to" || said=
case $kind,$said in
*,) ;;
4*,4*) ;;
4*,*) refuse to no-room ;;
*,4*) fail to ': Is a directory' ;;
esac
device_of() { device=$5; }
look "\${from%/*}/" -L || fail from "$said"
device_of $said
was=$device
look "\${to%/*}/" -L || fail to "$said"
device_of $said
# It would be copied, and for a while be there in part.
[ "$device" = "$was" ] || fail to ': Invalid cross-device link'
begin
move "$from" "$to" || case $said in
*' to a subdirectory of itself, '*) fail to ': Invalid argument' ;;
*' are the same file') ;;
*) fail to "$said" ;;
esac`;
}

export function removeStatements(file: string, recursive: boolean): string {
  const path = quote(file);
  const directory = `said=$(rmdir -- ${path} 2>&1) || case $said in
  *': Directory not empty' | *': File exists') refuse path not-empty ;;
  *) fail path "$said" ;;
  esac`;
  return `look ${path} || fail path "$said"
begin
case $said in
4*) ${recursive ? removing(`rm -rf -- ${path}`) : directory} ;;
*) ${removing(`rm -f -- ${path}`)} ;;
esac`;
}

function removing(command: string): string {
  return `said=$(${command} 2>&1) || fail path "$said"`;
}

export function makeDirectoryStatements(directory: string): string {
  const path = quote(directory);
  return `begin
said=$(mkdir -p -- ${path} 2>&1) || case $said in
# What exists may be a part of the path.
*': File exists') look ${path} && fail path ': File exists'; fail path ': Not a directory' ;;
*) fail path "$said" ;;
esac`;
}
