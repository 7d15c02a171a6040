import type { JWTPayload } from 'jose';
import type { Scope } from '../../scope.ts';

const TARGET = 'target:';
const TOOL = 'tool:';

/** The scopes of a token: `scope` as RFC 9068 has it, or the list that others write. */
export function scopesIn({ scope, scp }: JWTPayload): readonly string[] {
  if (typeof scope === 'string') return scope.split(' ').filter((each) => each !== '');
  const list = Array.isArray(scope) ? scope : scp;
  if (typeof list === 'string') return list.split(' ').filter((each) => each !== '');
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
}

/** `target:NAME` and `tool:NAME`: where there is one of a kind, those of that kind alone. */
export function scopeOf(scopes: readonly string[]): Scope {
  const [targets, tools] = [TARGET, TOOL].map((prefix) =>
    scopes.filter((scope) => scope.startsWith(prefix)).map((scope) => scope.slice(prefix.length)),
  );
  return { ...(targets && targets.length > 0 && { targets }), ...(tools && tools.length > 0 && { tools }) };
}
