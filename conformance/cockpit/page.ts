import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import type { Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { type Call, devtools } from './devtools.ts';

/** A page in a headless Chromium, used as a person would: by what it says, with mouse and keyboard. */
export interface Page extends Disposable {
  open(url: string): Promise<void>;
  /** All text that shows. */
  text(): Promise<string>;
  /** Waits until the text matches. */
  says(pattern: RegExp): Promise<void>;
  /** Waits until it does not match any more. */
  saysNoMore(pattern: RegExp): Promise<void>;
  /** Clicks on what the selector finds first, once it is there; with `label`, on what says just that. */
  click(selector: string, label?: string): Promise<void>;
  type(text: string): Promise<void>;
  screenshot(file: string): Promise<void>;
}

const OPTIONS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
/** Milliseconds that a page may take: the machine may have much else to do. */
const LIMIT = 90_000;

/** Where the middle of an element is, once it shows. */
const place = (selector: string, label: string | undefined): string => `(() => {
  const element = [...document.querySelectorAll(${JSON.stringify(selector)})].find(one =>
    one.checkVisibility() && !one.disabled && ${label === undefined ? 'true' : `one.innerText.trim() === ${JSON.stringify(label)}`});
  if (!element) return null;
  element.scrollIntoView({ block: 'center', behavior: 'instant' });
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
})()`;

/** A browser in the sandbox, with its files in `directory`. */
export async function openPage(sandbox: Sandbox, directory: string): Promise<Page> {
  const [enter = 'env', ...inside] = sandbox.prefix;
  const command = [...inside, 'chromium', ...OPTIONS, '--remote-debugging-pipe', '--window-size=1280,1000'];
  const child = spawn(enter, [...command, `--user-data-dir=${directory}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, HOME: directory },
  });
  const [, , , input, output] = child.stdio;
  if (!(input instanceof Writable) || !(output instanceof Readable)) throw new Error('the browser has no pipes');
  return pageOf(await attach(devtools(input, output)), () => child.kill('SIGKILL'));
}

/** Calls that go to the browser's first page. */
async function attach(call: Call): Promise<Call> {
  const { targetInfos } = await call('Target.getTargets');
  const pages: { type: string; targetId: string }[] = JSON.parse(JSON.stringify(targetInfos));
  const targetId = pages.find(({ type }) => type === 'page')?.targetId;
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  return (method, params) => call(method, params, String(sessionId));
}

function pageOf(call: Call, end: () => void): Page {
  /** What an expression is in the page, as JSON. */
  const evaluate = async (expression: string): Promise<string | null> => {
    const { result } = await call('Runtime.evaluate', { expression: `JSON.stringify(${expression})` });
    return result instanceof Object && 'value' in result ? String(result.value) : null;
  };
  const text = async (): Promise<string> => {
    const shown: unknown = JSON.parse((await evaluate('document.body?.innerText ?? ""')) ?? '""');
    return String(shown);
  };
  const wait = async (what: string, holds: (shown: string) => boolean): Promise<void> => {
    await until(what, async () => holds(await text()), LIMIT).catch(async (error: unknown) => {
      throw new Error(`${what}; it says: ${await text()}`, { cause: error });
    });
  };
  const mouse = (type: string, x: number, y: number): Promise<unknown> =>
    call('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });

  return {
    open: async url => void (await call('Page.navigate', { url })),
    text,
    says: pattern => wait(`the page says ${pattern}`, shown => pattern.test(shown)),
    saysNoMore: pattern => wait(`the page says ${pattern} no more`, shown => !pattern.test(shown)),
    async click(selector, label) {
      const [x, y] = await until(
        `${selector} ${label ?? ''} can be clicked`,
        async () => {
          const found: [number, number] | null = JSON.parse((await evaluate(place(selector, label))) ?? 'null');
          return found;
        },
        LIMIT,
      );
      await mouse('mousePressed', x, y);
      await mouse('mouseReleased', x, y);
    },
    async type(typed) {
      for (const character of typed) {
        const key =
          character === '\n'
            ? { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' }
            : { text: character };
        await call('Input.dispatchKeyEvent', { type: 'keyDown', ...key });
        await call('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
      }
    },
    async screenshot(file) {
      const { data } = await call('Page.captureScreenshot');
      await writeFile(file, String(data), 'base64');
    },
    [Symbol.dispose]: end,
  };
}
