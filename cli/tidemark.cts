#!/usr/bin/env node
// The engine, the log and the file system share libuv's pool, whose size is read once, before the first asynchronous call.
// An ES module is loaded by such calls, so this file is none.
process.env['UV_THREADPOOL_SIZE'] ??= '16'
// The SDK would say at every start that it will leave this version of Node one day; the version is pinned.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
void import('./main.js')
