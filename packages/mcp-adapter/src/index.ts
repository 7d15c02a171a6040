export type { Allowances } from './allowed/allowances.ts';
export type { Exposed } from './allowed/exposed.ts';
export type { AuthInfo } from './auth-info.ts';
export type { ProgressNotification, V1Context, V2Context } from './call.ts';
export type { CloseOptions } from './closing.ts';
export { type ConfiguredTools, checkConfigured } from './configured/check-configured.ts';
export type { ConfiguredTool, ToolCommand, ToolCondition, ToolOutput, ToolStep } from './configured/configured-tool.ts';
export type {
  BooleanParameter,
  EnumParameter,
  ListParameter,
  NumberParameter,
  PathParameter,
  StringParameter,
  ToolParameter,
} from './configured/tool-parameter.ts';
export { describeTools, type ToolsDescription } from './describe-tools.ts';
export type { FilesAllowed } from './files/allowed-files.ts';
export type { ServeHttpOptions } from './http/http-options.ts';
export type { JwtAlgorithm, JwtOptions } from './http/jwt/jwt-options.ts';
export type { Principal } from './http/principal.ts';
export { type HttpServer, serveHttp } from './http/serve-http.ts';
export type { McpServerLike, RegisteredTool } from './mcp-server-like.ts';
export { registerTools } from './register-tools.ts';
export type { Scope } from './scope.ts';
export type { ServerIdentity } from './server-identity.ts';
export { type ServeStdioOptions, type StdioServer, serveStdio } from './stdio.ts';
export type { Target, Targets } from './targets.ts';
export type { Tenant } from './tenant.ts';
export type { ToolName } from './tool-names.ts';
export type { FixedOptions, OfferedOptions, ToolOptions } from './tool-options.ts';
