import { contract } from "./contract.ts";
import { memory, sqlite } from "./place.ts";

contract(memory);
contract(sqlite);
