/** What stands for `%h`, `%p` …: a letter to its value. */
export type Tokens = ReadonlyMap<string, string>;

/** `%` and a letter. One that is not known stays as it is: `%%` stands for a percent sign. */
export function expandTokens(text: string, tokens: Tokens): string {
  return text.replace(/%(.)/gs, (whole, letter: string) => (letter === '%' ? '%' : (tokens.get(letter) ?? whole)));
}

/** Tokens and `${NAME}`, in one pass, as OpenSSH does: what one stands for is not expanded again. A variable that is not set stays as it is. */
export function expandTokensAndVariables(text: string, tokens: Tokens, environment: NodeJS.ProcessEnv): string {
  return text.replace(/%(.)|\$\{([^}]*)\}/gs, (whole, letter: string | undefined, name: string | undefined) => {
    if (name !== undefined) return environment[name] ?? whole;
    return letter === '%' ? '%' : (tokens.get(letter ?? '') ?? whole);
  });
}

/** Whose home directory a path begins with: '' for one's own; `undefined` for none. */
export function tildeUser(path: string): string | undefined {
  return /^~([^/]*)/.exec(path)?.[1];
}

export function expandTilde(path: string, homes: ReadonlyMap<string, string>): string {
  const user = tildeUser(path);
  const home = user === undefined ? undefined : homes.get(user);
  return home === undefined ? path : `${home.replace(/\/$/, '')}${path.slice(1 + (user?.length ?? 0))}`;
}
