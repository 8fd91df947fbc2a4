/** What a page of the journey runs: a step by its name, called by the test through `globalThis`. */
import { journeyOn } from '../journey/journey.ts';
import type { Where } from '../journey/step.ts';

export interface JourneyPage {
  runStep(name: string, where: Where): Promise<void>;
}

const page: JourneyPage = {
  async runStep(name, where) {
    const step = journeyOn('browser').find((one) => one.name === name);
    if (step === undefined) throw new Error(`there is no step ${name}`);
    await step.run(where);
  },
};
Object.assign(globalThis, page);
