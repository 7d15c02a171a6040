export type { ProgressNotification, V1Context, V2Context } from './call.ts';
export type { ServeHttpOptions } from './http/http-options.ts';
export { type HttpServer, serveHttp } from './http/serve-http.ts';
export { registerTools } from './register-tools.ts';
export type { ServerIdentity } from './server-identity.ts';
export { type ServeStdioOptions, type StdioServer, serveStdio } from './stdio.ts';
export type { Target, Targets } from './targets.ts';
export type { ToolName, ToolOptions } from './tool-options.ts';
export type { McpServerLike, RegisteredTool } from './toolset.ts';
