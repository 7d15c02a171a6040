/** What a caller is offered of all that a server has. */
export interface Scope {
  /** The names of targets; without, all. One that there is not stands for nothing. */
  readonly targets?: readonly string[] | undefined;
  /** The names of tools, without the prefix; without, all. */
  readonly tools?: readonly string[] | undefined;
}

/** What both allow: a name that one of them leaves out is out. */
export function narrowed(names: readonly string[] | undefined, by: readonly string[] | undefined): readonly string[] | undefined {
  return names === undefined || by === undefined ? (names ?? by) : names.filter((name) => by.includes(name));
}
