import type { PressureFigures, Stall } from './cgroup.ts';

/** Lines "some avg10=1.25 avg60=0.30 avg300=0.05 total=123456", the total in microseconds; kernels before 5.13 have no "full" of the CPU. */
export function parsePressure(text: string): PressureFigures {
  return { some: stall(text, 'some'), full: stall(text, 'full') };
}

function stall(text: string, kind: string): Stall {
  const line = new RegExp(`^${kind} avg10=([\\d.]+) .*total=(\\d+)$`, 'm').exec(text);
  return { recent: Number(line?.[1] ?? 0), total: BigInt(line?.[2] ?? 0) * 1000n };
}
