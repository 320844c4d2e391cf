// SPDX-License-Identifier: GPL-3.0-or-later
//
// Asks before something that cannot be undone.

export interface Question {
  title: string;
  words: string;
  /** of the button that does it */
  action: string;
  answer: (yes: boolean) => void;
}

let question = $state.raw<Question | undefined>();

export const asked = {
  get question(): Question | undefined {
    return question;
  },
};

export function confirm(title: string, words: string, action: string): Promise<boolean> {
  question?.answer(false);
  return new Promise((settle) => {
    question = {
      title,
      words,
      action,
      answer: (yes) => {
        question = undefined;
        settle(yes);
      },
    };
  });
}
