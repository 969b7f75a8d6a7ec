package org.align4j.core.sft;

import java.util.List;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.Meaning;

/** The figures of supervised fine-tuning. */
public final class SftFigures {
    /** The share of the trained tokens that were the likeliest. */
    public static final Figure TOKEN_ACCURACY =
            Figure.of("mean_token_accuracy", Meaning.HITS).higherIsBetter().captioned("Tokens predicted rightly");

    /** All figures of supervised fine-tuning, in the order in which messages name them. */
    public static final List<Figure> ALL = List.of(LoopFigures.LOSS, TOKEN_ACCURACY, LoopFigures.ENTROPY);

    private SftFigures() {}
}
