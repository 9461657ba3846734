// Reads a JSON list of diagrams from standard input, parses each with Mermaid's own parser, and
// prints for each {"vertices": {id: label}, "edges": [[from, to, label]]} or {"error": "..."}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const packages = createRequire(`${process.env.CONFLICTLENS_NODE_MODULES}/of.js`);
const { JSDOM } = packages("jsdom");
globalThis.window = new JSDOM("<!doctype html><body></body>").window;
globalThis.document = window.document;
const entry = packages.resolve("mermaid").replace(/mermaid(\.core)?\.(min\.)?(c|m)?js$/, "mermaid.core.mjs");
const { default: mermaid } = await import(pathToFileURL(entry));

async function read(text) {
  try {
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const vertices = [...db.getVertices().values()].map((one) => [one.id, one.text]);
    const edges = db.getEdges().map((one) => [one.start, one.end, one.text]);
    return { vertices: Object.fromEntries(vertices), edges };
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
}

const read_all = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) read_all.push(await read(text));
console.log(JSON.stringify(read_all));
