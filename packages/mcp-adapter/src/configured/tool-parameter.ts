/** What holds for every parameter of a configured tool. */
interface Common {
  /** What a model is told of it: at most 1,024 characters. */
  readonly description?: string;
  /** A call may leave it out; not with `default`. Default false. */
  readonly optional?: boolean;
}

interface Dash {
  /**
   * Whether a value may begin with `-`, so that a command may take it for an option. Without, it may where its element follows `--`, with
   * nothing but parameters between. Default false.
   */
  readonly allowDash?: boolean;
}

/** One line or more of text, without NUL. */
export interface StringParameter extends Common, Dash {
  readonly type: 'string';
  readonly default?: string;
  /** A regular expression of JavaScript with its flag u. It may match a part: `^` and `$` bind it. */
  readonly pattern?: string;
  /** Characters; default 0. */
  readonly minLength?: number;
  /** Characters, 1 … 65,536; default 4,096. */
  readonly maxLength?: number;
}

/** A JSON number. A negative one needs a negative `minimum`, or an element that follows `--`, as text does that begins with `-`. */
export interface NumberParameter extends Common {
  /** `integer`: from -(2^53-1) to 2^53-1. */
  readonly type: 'integer' | 'number';
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** `true` or `false`, by these words. */
export interface BooleanParameter extends Common {
  readonly type: 'boolean';
  readonly default?: boolean;
}

/** One of a few words, which may begin with `-`. */
export interface EnumParameter extends Common {
  readonly type: 'enum';
  readonly values: readonly string[];
  readonly default?: string;
}

/**
 * What `root` holds on the target, or `root` itself: an absolute path, or one from `root` on, without `..`. Before the tool starts the
 * target is asked where symbolic links lead, so that none leads elsewhere, and the command gets the path without any. Who can write
 * below `root` meanwhile can still change that. The last part need not be there.
 */
export interface PathParameter extends Common {
  readonly type: 'path';
  /** An absolute path of a directory of the target. */
  readonly root: string;
  readonly default?: string;
}

/** Texts, each of at most 4,096 characters without NUL; for a script also without ends of lines. */
export interface ListParameter extends Common, Dash {
  readonly type: 'list';
  readonly default?: readonly string[];
  /** For each item, as a string's. */
  readonly pattern?: string;
  /** Default 0. */
  readonly minItems?: number;
  /** 1 … 10,000; default 100. */
  readonly maxItems?: number;
}

/** A value that a caller gives to a configured tool. It reaches the command as data alone, never as shell source. */
export type ToolParameter = StringParameter | NumberParameter | BooleanParameter | EnumParameter | PathParameter | ListParameter;
