// Calls Ethora's SDK for the contract tests: one call per line on stdin, one
// answer per line on stdout, both JSON.
//
//   {"call": "getApp", "arguments": ["<appId>"]}
//   {"result": {...}}  or  {"error": {"message": "...", "status": 422, "body": {...}}}
//
// A call names a method of EthoraSDKService or a function that the package
// exports. The call "surface" returns the names of the public methods.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

// The SDK logs to stdout, which is for the answers, and its log holds tokens.
for (const level of ["debug", "info", "warn", "error"]) {
  console[level] = () => {};
}

const sdk = require("@ethora/sdk-backend");
const service = new sdk.EthoraSDKService();

// At run time private methods look like public ones; only the types tell.
function surface() {
  const types = path.join(path.dirname(require.resolve("@ethora/sdk-backend")), "repositories/EthoraSDKService.d.ts");
  const declared = fs.readFileSync(types, "utf8").matchAll(/^\s*private (\w+)/gm);
  const hidden = new Set(["constructor", ...Array.from(declared, (match) => match[1])]);
  return Object.getOwnPropertyNames(sdk.EthoraSDKService.prototype).filter((name) => !hidden.has(name));
}

function find(name) {
  if (name === "surface") {
    return surface;
  }
  if (typeof service[name] === "function") {
    return service[name].bind(service);
  }
  if (typeof sdk[name] === "function") {
    return sdk[name];
  }
  throw new Error(`the SDK has no ${name}`);
}

async function answer(line) {
  try {
    const { call, arguments: given } = JSON.parse(line);
    return { result: await find(call)(...given) };
  } catch (error) {
    // The lines after the first one hold the token.
    const message = String(error.message).split("\n")[0];
    return { error: { message, status: error.status, body: error.response?.data } };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(line)) + "\n");
  }
}

main();
