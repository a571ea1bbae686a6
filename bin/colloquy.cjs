#!/usr/bin/env node
// Any Node ever released must be able to parse this file, so that an old one can say what is wrong
// instead of throwing a SyntaxError. Hence ES5 here, and the import() in load.cjs.
"use strict";

var needs = [22, 19];
var has = process.versions.node.split(".");
var args = process.argv.slice(2);

if (Number(has[0]) < needs[0] || (Number(has[0]) === needs[0] && Number(has[1]) < needs[1])) {
  console.error(
    "colloquy needs Node " +
      needs.join(".") +
      " or newer; this is Node " +
      process.versions.node +
      ". Install a current Node (https://nodejs.org), or in the repository run `npm start`, which brings its own."
  );
  process.exitCode = 2;
} else if (args.length === 1 && (args[0] === "--version" || args[0] === "-v")) {
  console.log(require("../package.json").version);
} else {
  void require("./load.cjs")(args);
}
