import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ConfigurationError } from "../../../src/llm/errors.ts";
import type { StreamEvent } from "../../../src/llm/event.ts";
import type { EngineModel, LocalModel } from "../../../src/providers/llama-cpp/options.ts";
import type { LlamaLibrary } from "../../../src/providers/llama-cpp/library.ts";
import { openModel } from "../../../src/providers/open-model.ts";
import { modelError, rejection } from "../../support/failure.ts";
import { gate, Heard, settled } from "../../support/gate.ts";
import { ended, fakeLlama, ggufFile, hello, openFake, saying } from "./fake-llama.ts";

async function configurationError(promise: Promise<unknown>): Promise<ConfigurationError> {
  const error = await rejection(promise);
  assert.ok(error instanceof ConfigurationError, String(error));
  return error;
}

test("a model says what it is before anything is loaded", (t) => {
  const { model, fake } = openFake(t, () => ended, { contextSize: 4096 });
  assert.deepEqual(
    { ...model.info, prices: undefined },
    { name: "tiny.gguf", provider: "llama.cpp", protocol: "none", window: 4096, prices: undefined },
  );
  assert.deepEqual(fake.log, []);
});

test("options that are none are refused at once", () => {
  const wrong: readonly object[] = [
    { engine: "other" },
    { file: "" },
    { contextSize: 0 },
    { parallel: 1.5 },
    { threads: -1 },
    { maxOutputTokens: NaN },
  ];
  for (const options of wrong) {
    assert.throws(
      () => openModel({ engine: "llama.cpp", file: "a.gguf", ...options } as EngineModel),
      (error) => error instanceof ConfigurationError && error.code === "invalid-option",
      JSON.stringify(options),
    );
  }
});

test("without the package the error says how to get it", async (t) => {
  const error = await configurationError(
    openModel({ engine: "llama.cpp", file: ggufFile(t) }).complete(hello),
  );
  assert.equal(error.code, "missing-package");
  assert.match(error.message, /npm install node-llama-cpp/);
});

test("a package without a binary for this platform is told of as such", async (t) => {
  const getLlama = (): never => {
    throw Object.assign(new Error("NoBinaryFound"), { name: "NoBinaryFoundError" });
  };
  const library = async (): Promise<LlamaLibrary> => ({ getLlama }) as unknown as LlamaLibrary;
  const error = await configurationError(
    openModel({ engine: "llama.cpp", file: ggufFile(t), library }).complete(hello),
  );
  assert.equal(error.code, "missing-package");
  assert.match(error.message, /no binary for this platform/);
});

test("a file that is not there, or is none, is named; it may be there the next time", async (t) => {
  const fake = fakeLlama(saying("here"));
  const file = ggufFile(t, "GGUF", "later.gguf");
  rmSync(file);
  const model = openModel({ engine: "llama.cpp", file, library: fake.library });
  const error = await configurationError(model.complete(hello));
  assert.equal(error.code, "invalid-option");
  assert.match(error.message, /later\.gguf: there is no such file/);
  writeFileSync(file, "GGUF");
  assert.equal((await model.complete(hello)).text, "here");
});

test("another kind of file is named, and the engine does not see it", async (t) => {
  const fake = fakeLlama(() => ended);
  for (const bytes of ["", "GG", "PK\x03\x04", "<html>"]) {
    const file = ggufFile(t, bytes, "other.zip");
    const error = await modelError(
      openModel({ engine: "llama.cpp", file, library: fake.library }).complete(hello),
    );
    assert.equal(error.kind, "malformed");
    assert.match(error.message, /other\.zip is no GGUF file/);
  }
  assert.deepEqual(fake.log, []);
});

test("a file that the engine cannot load is named, with what the engine says, and nothing stays behind", async (t) => {
  const disposed: string[] = [];
  const failures = ["loadModel", "createContext"];
  const getLlama = async ({
    logger,
  }: {
    logger: (level: string, message: string) => void;
  }): Promise<object> => {
    const fail = (): never => {
      logger("warn", "harmless");
      setImmediate(() => logger("error", "tensor data is not within the file bounds\n"));
      throw new Error("Failed to load model");
    };
    const model = { createContext: fail, dispose: async () => disposed.push("model") };
    return { loadModel: () => (failures.shift() === "loadModel" ? fail() : model) };
  };
  const module = { getLlama } as unknown as LlamaLibrary;
  const library = async (): Promise<LlamaLibrary> => module;
  const model = openModel({ engine: "llama.cpp", file: ggufFile(t, "GGUFcut", "cut.gguf"), library });
  for (const freed of [[], ["model"]]) {
    const error = await modelError(model.complete(hello));
    assert.equal(error.kind, "malformed");
    assert.match(
      error.message,
      /cut\.gguf: Failed to load model; tensor data is not within the file bounds$/,
    );
    assert.ok(error.cause instanceof Error);
    assert.deepEqual(disposed, freed);
  }
});

test("a file is loaded once however many models and requests use it, and freed after the last", async (t) => {
  const fake = fakeLlama(() => ended);
  const file = ggufFile(t);
  const open = (options: Partial<EngineModel> = {}): LocalModel =>
    openModel({ engine: "llama.cpp", file, library: fake.library, ...options });
  const [one, two, other] = [open(), open(), open({ contextSize: 9 })];
  await Promise.all([one.complete(hello), one.complete(hello), two.complete(hello)]);
  assert.equal(fake.log.filter((line) => line === "load tiny.gguf").length, 1);
  await other.complete(hello);
  assert.equal(fake.log.filter((line) => line === "load tiny.gguf").length, 2);
  await one.close();
  await one.close();
  assert.equal(fake.log.includes("disposed"), false);
  await two.complete(hello);
  await two[Symbol.asyncDispose]();
  assert.equal(fake.log.filter((line) => line === "disposed").length, 1);
  assert.equal((await configurationError(one.complete(hello))).code, "invalid-option");
  await other.close();
  assert.equal(fake.log.filter((line) => line === "disposed").length, 2);
});

test("closing waits for what runs", async (t) => {
  const door = gate();
  const { model, fake } = openFake(t, async () => {
    await door.opened;
    return ended;
  });
  const heard = new Heard<StreamEvent>();
  const run = model.complete(hello, { onEvent: heard.onEvent });
  await heard.until("start");
  const closed = model.close();
  await settled();
  assert.equal(fake.log.includes("disposed"), false);
  door.open();
  await run;
  await closed;
  assert.ok(fake.log.includes("disposed"));
});

test("a model that was never asked is closed without being loaded", async (t) => {
  const { model, fake } = openFake(t, () => ended);
  await model.close();
  assert.deepEqual(fake.log, []);
});

test("a file can be named like any model", () => {
  const { info } = openModel("file:models/qwen.gguf", { maxOutputTokens: 7 });
  assert.deepEqual([info.name, info.provider, info.maxOutput], ["qwen.gguf", "llama.cpp", 7]);
});
