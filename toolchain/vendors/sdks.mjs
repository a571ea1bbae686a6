// The vendors' own SDKs from the packages of this folder. The rest of the project asks for them here, and only when
// `npm run differential` has fetched them.

export { default as Anthropic } from "@anthropic-ai/sdk";
export { GoogleGenAI } from "@google/genai";
export { default as OpenAI } from "openai";
