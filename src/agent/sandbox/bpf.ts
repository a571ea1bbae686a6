/** One instruction of classic BPF: struct sock_filter of include/uapi/linux/filter.h. */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** The codes in use, by the names that include/uapi/linux/bpf_common.h gives their parts. */
export const CODE = {
  /** BPF_LD | BPF_W | BPF_ABS: 32 bits of the call's description. */
  load: 0x20,
  /** BPF_ALU | BPF_AND | BPF_K */
  and: 0x54,
  /** BPF_JMP | BPF_JEQ | BPF_K */
  equal: 0x15,
  /** BPF_JMP | BPF_JGE | BPF_K */
  atLeast: 0x35,
  /** BPF_RET | BPF_K */
  answer: 0x06,
} as const;

export const load = (offset: number): Instruction => ({ code: CODE.load, jt: 0, jf: 0, k: offset });
export const and = (mask: number): Instruction => ({ code: CODE.and, jt: 0, jf: 0, k: mask >>> 0 });
export const answer = (value: number): Instruction => ({ code: CODE.answer, jt: 0, jf: 0, k: value >>> 0 });

/** Skips so many instructions when the value is the number, and so many when it is not. */
export const ifEqual = (k: number, jt: number, jf: number): Instruction => ({
  code: CODE.equal,
  jt,
  jf,
  k: k >>> 0,
});
export const ifAtLeast = (k: number, jt: number, jf: number): Instruction => ({
  code: CODE.atLeast,
  jt,
  jf,
  k: k >>> 0,
});

/** The instructions as the kernel reads them: 8 bytes each, in the byte order of the two machines we know. */
export function toBytes(program: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(({ code, jt, jf, k }, index) => {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, jt);
    view.setUint8(index * 8 + 3, jf);
    view.setUint32(index * 8 + 4, k, true);
  });
  return new Uint8Array(view.buffer);
}
