package org.align4j.core.doctor;

import java.io.Serializable;
import org.align4j.core.doctor.log.NormalText.Texts;

/** The runs of five characters of a row's texts as sets, which tell how much of another row they hold. For one thread at a time. */
final class RowRuns {
    private static final int ANSWER = 1;

    private final TextRuns prompt;
    private final TextRuns chosen;
    private final TextRuns rejected;

    /** @param normal the row's texts in their normal form */
    RowRuns(Texts normal) {
        this.prompt = new TextRuns(normal.prompt(), Shingles.promptPart(normal));
        this.chosen = new TextRuns(normal.chosen(), ANSWER);
        this.rejected = new TextRuns(normal.rejected(), ANSWER);
    }

    /** How many runs the prompt, the chosen and the rejected answer have, each once. */
    Counts counts() {
        return new Counts(prompt.size, chosen.size, rejected.size);
    }

    /**
     * How many different runs the texts of a row have.
     *
     * @param prompt those of the prompt
     * @param chosen those of the chosen answer
     * @param rejected those of the rejected answer
     */
    record Counts(int prompt, int chosen, int rejected) implements Serializable {
        int all() {
            return prompt + chosen + rejected;
        }
    }

    /**
     * What the rows share over what either has, a run of the prompt being another one than the same run of an answer.
     *
     * @param normal the other row's texts in their normal form
     * @param counts their runs
     * @param part from which similarity of their prompts, and of their answers, on rows can be alike
     * @param least below which the similarity doesn't matter
     * @return 0 where a part is not alike, or where the similarity is seen to be below {@code least}
     */
    double similarity(Texts normal, Counts counts, double part, double least) {
        int all = counts().all() + counts.all();
        int ofPrompt = prompt.shared(normal.prompt(), Shingles.promptPart(normal));
        int most = ofPrompt + Math.min(chosen.size, counts.chosen) + Math.min(rejected.size, counts.rejected);
        if (!alike(ofPrompt, prompt.size, counts.prompt, part) || rate(most, all) < least) {
            return 0;
        }
        int ofChosen = chosen.shared(normal.chosen(), ANSWER);
        most = ofPrompt + ofChosen + Math.min(rejected.size, counts.rejected);
        if (!alike(ofChosen, chosen.size, counts.chosen, part) || rate(most, all) < least) {
            return 0;
        }
        int ofRejected = rejected.shared(normal.rejected(), ANSWER);
        boolean alike = alike(ofRejected, rejected.size, counts.rejected, part);
        return alike ? rate(ofPrompt + ofChosen + ofRejected, all) : 0;
    }

    private static boolean alike(int shared, int own, int others, double part) {
        return own + others == 0 || rate(shared, own + others) >= part;
    }

    private static double rate(int shared, int both) {
        return (double) shared / Math.max(1, both - shared);
    }

    /** The runs of one text, in a table of hashes of which the empty slots are 0. */
    private static final class TextRuns {
        private final int[] table;
        /** In which look-up a slot was met last, so that a run that the other text repeats counts once. */
        private final int[] met;

        private final int size;
        private int lookUp;

        TextRuns(String normal, int part) {
            int[] hashes = Shingles.hashes(normal, part);
            this.table = new int[Math.max(2, Integer.highestOneBit(hashes.length) * 4)];
            this.met = new int[table.length];
            int count = 0;
            for (int hash : hashes) {
                int slot = slot(hash == 0 ? 1 : hash);
                if (table[slot] == 0) {
                    table[slot] = hash == 0 ? 1 : hash;
                    count++;
                }
            }
            this.size = count;
        }

        int shared(String normal, int part) {
            lookUp++;
            int shared = 0;
            for (int hash : Shingles.hashes(normal, part)) {
                int slot = slot(hash == 0 ? 1 : hash);
                if (table[slot] != 0 && met[slot] != lookUp) {
                    met[slot] = lookUp;
                    shared++;
                }
            }
            return shared;
        }

        private int slot(int hash) {
            int mask = table.length - 1;
            int slot = ((hash * 0x9E3779B1) >>> 7) & mask;
            while (table[slot] != 0 && table[slot] != hash) {
                slot = (slot + 1) & mask;
            }
            return slot;
        }
    }
}
