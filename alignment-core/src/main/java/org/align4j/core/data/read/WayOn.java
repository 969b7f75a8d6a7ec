package org.align4j.core.data.read;

import org.align4j.core.data.row.Row;

/** Says what a row is for, where it is of another kind than a command takes. */
final class WayOn {
    private WayOn() {}

    /** Returns what such rows are and which commands take them, as half a sentence. */
    static String of(Row row) {
        if (row instanceof Row.Pair || row instanceof Row.Tie) {
            return "such rows are pairs: align dpo and align reward learn from them, align convert --to messages makes texts of"
                    + " their chosen answers";
        }
        if (row instanceof Row.Steps) {
            return "such rows are answers in steps: align reward learns from them";
        }
        if (row instanceof Row.Completion completion && completion.label() != null) {
            return "such rows are judged answers: align dpo --loss kto learns from them";
        }
        if (row instanceof Row.Prompt) {
            return "such rows are prompts: align generate answers them, align ppo learns from its answers to them";
        }
        return "such rows have one answer or text: align sft learns from them";
    }
}
