import { isObject, parseOutput, rowsOf, type Row } from '../../programs/read-json.ts';
import { runProgram } from '../../programs/run-program.ts';

/** What each of LVM's reporting programs calls its rows. */
const sections = { pvs: 'pv', vgs: 'vg', lvs: 'lv' } as const;

/** Asks one of LVM's reporting programs; sizes are bytes. Throws internalError with what it said. */
export async function lvmReport(
  program: keyof typeof sections,
  fields: readonly string[],
  ...names: readonly string[]
): Promise<Row[]> {
  const form = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '--options', fields.join(',')];
  const { output } = await runProgram(program, [...form, '--', ...names]);
  return reportRows(program, output);
}

/** The rows of a report's text. */
export function reportRows(program: keyof typeof sections, text: string): Row[] {
  const parsed = parseOutput(program, text);
  const reports = isObject(parsed) && Array.isArray(parsed['report']) ? parsed['report'] : [];
  return reports.filter(isObject).flatMap(report => rowsOf(report[sections[program]]));
}
