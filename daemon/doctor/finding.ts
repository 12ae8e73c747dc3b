/** What one look at the host has found. */
export interface Finding {
  /** `missing` is what keeps containers from running, `advice` what will be in the way of some. */
  readonly state: 'ok' | 'advice' | 'missing';
  readonly text: string;
  /** What to change; the line that does it, where there is one. */
  readonly remedy?: string;
}

export const ok = (text: string): Finding => ({ state: 'ok', text });
export const advice = (text: string, remedy: string): Finding => ({ state: 'advice', text, remedy });
export const missing = (text: string, remedy: string): Finding => ({ state: 'missing', text, remedy });

/** A part of the host that is looked at, as a heading. */
export interface Check {
  readonly title: string;
  look(): Finding[] | Promise<Finding[]>;
}
