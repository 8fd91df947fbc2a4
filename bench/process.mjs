// Processes that read one line and print one line, and the system's figures for them.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const TIME_LIMIT = 120_000;

/** A process that speaks in lines of JSON, on one CPU where `taskset` exists. */
export class Speaker {
  #child;
  #lines;
  #errors = '';
  #isOver = false;

  constructor(command, env, cpu) {
    const [file, ...args] = cpu === null ? command : ['taskset', '-c', String(cpu), ...command];
    this.#child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (text) => {
      this.#errors = `${this.#errors}${text}`.slice(-2000);
    });
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#child.on('exit', () => {
      this.#isOver = true;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get pid() {
    return this.#child.pid;
  }

  /** Its next line, after `order` if there is one. */
  async answer(order = null) {
    if (order !== null) this.#child.stdin.write(`${order}\n`);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), TIME_LIMIT);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (done) await new Promise((resolve) => setTimeout(resolve, 50)); // its output on stderr may arrive later
    if (done) throw new Error(this.#errors.trim().split('\n').slice(-12).join('\n') || 'it ended, or took too long');
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  async end() {
    if (this.#isOver) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** The present memory of a process in KiB. */
export function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
