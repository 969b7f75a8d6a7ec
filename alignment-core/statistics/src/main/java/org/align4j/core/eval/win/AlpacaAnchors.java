package org.align4j.core.eval.win;

import java.util.List;
import java.util.Map;

/**
 * Holds what AlpacaEval's length control knows beforehand: how hard its instructions are, and labelled answers of two anchor models that
 * were asked to be brief and to be wordy. Both are in its file {@code df_gamed.csv}; {@code instruction_difficulty.csv} has the
 * difficulties alone.
 *
 * @param difficulties of each instruction, by its number
 * @param anchors labelled answers of the anchor models
 */
public record AlpacaAnchors(Map<Integer, Double> difficulties, List<Anchor> anchors) {
    public AlpacaAnchors {
        difficulties = Map.copyOf(difficulties);
        anchors = List.copyOf(anchors);
        for (Anchor anchor : anchors) {
            if (!difficulties.containsKey(anchor.instruction())) {
                throw new IllegalArgumentException("An anchor's instruction is " + anchor.instruction()
                        + ", which has no difficulty; the two files must belong together.");
            }
        }
    }

    double difficulty(int instruction) {
        Double difficulty = difficulties.get(instruction);
        if (difficulty == null) {
            throw new IllegalArgumentException("Instruction " + instruction + " has no difficulty; there are "
                    + difficulties.size() + " instructions, numbered as AlpacaEval does.");
        }
        return difficulty;
    }

    /**
     * Holds one annotated answer of an anchor model.
     *
     * @param instruction the instruction's number
     * @param win what the anchor gets against the baseline, in [0, 1]
     * @param standardDifference the baseline's length less the anchor's, over the standard deviation of that model's
     */
    public record Anchor(int instruction, double win, double standardDifference) {}
}
