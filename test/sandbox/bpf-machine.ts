import { CODE, type Instruction } from "../../src/agent/sandbox/bpf.ts";

/** A system call as the kernel describes it to a filter. */
export interface Call {
  readonly arch: number;
  readonly nr: number;
  readonly args: readonly bigint[];
}

/** Runs a filter as the kernel would (Documentation/networking/filter.rst), and refuses what the kernel refuses. */
export function runFilter(program: readonly Instruction[], { arch, nr, args }: Call): number {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, nr, true);
  view.setUint32(4, arch, true);
  args.forEach((value, index) => view.setBigUint64(16 + index * 8, BigInt.asUintN(64, value), true));
  let value = 0;
  for (let at = 0; ; at++) {
    const instruction = program[at];
    if (instruction === undefined) throw new Error(`left the program at ${at}`);
    const { code, jt, jf, k } = instruction;
    if (jt > 255 || jf > 255) throw new Error(`a jump of ${Math.max(jt, jf)} at ${at}`);
    switch (code) {
      case CODE.load:
        if (k % 4 !== 0 || k > 60) throw new Error(`a load of ${k} at ${at}`);
        value = view.getUint32(k, true);
        break;
      case CODE.and:
        value = (value & k) >>> 0;
        break;
      case CODE.equal:
        at += value === k ? jt : jf;
        break;
      case CODE.atLeast:
        at += value >= k ? jt : jf;
        break;
      case CODE.answer:
        return k;
      default:
        throw new Error(`unknown code ${code} at ${at}`);
    }
  }
}
