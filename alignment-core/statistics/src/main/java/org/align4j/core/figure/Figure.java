package org.align4j.core.figure;

import com.google.errorprone.annotations.Immutable;

/**
 * A figure that a training method writes into {@code metrics.jsonl}.
 *
 * @param name as it is there for a step, {@code rewards/margins}; for an evaluation {@link #evaluationName}
 * @param meaning what it measures
 * @param better which of two values is the better one
 * @param caption what the report's table calls it; empty where it is in none
 * @param evaluated whether evaluation rows give it, too
 * @param tiedAtStart whether it is 0 as long as the model is what it began as, which then says nothing of the model
 */
@Immutable
public record Figure(
        String name, Meaning meaning, Better better, String caption, boolean evaluated, boolean tiedAtStart) {
    /** What the names of evaluations begin with. */
    public static final String EVALUATION = "eval_";

    /** Which of two values of a figure is the better one. */
    public enum Better {
        HIGHER,
        LOWER,
        /** Neither; where one has to be chosen, it is the higher one. */
        NEITHER
    }

    /** A figure of steps and evaluation rows, neither of whose values is better, and that is in no table. */
    public static Figure of(String name, Meaning meaning) {
        return new Figure(name, meaning, Better.NEITHER, "", true, false);
    }

    /** Returns this figure, of which the higher value is the better one. */
    public Figure higherIsBetter() {
        return new Figure(name, meaning, Better.HIGHER, caption, evaluated, tiedAtStart);
    }

    /** Returns this figure, of which the lower value is the better one. */
    public Figure lowerIsBetter() {
        return new Figure(name, meaning, Better.LOWER, caption, evaluated, tiedAtStart);
    }

    /** Returns this figure as one that is in the report's table under a caption. */
    public Figure captioned(String words) {
        return new Figure(name, meaning, better, words, evaluated, tiedAtStart);
    }

    /** Returns this figure as one that evaluation rows don't give. */
    public Figure notOfRows() {
        return new Figure(name, meaning, better, caption, false, tiedAtStart);
    }

    /** Returns this figure as one that compares with the start, and is 0 there. */
    public Figure comparedWithStart() {
        return new Figure(name, meaning, better, caption, evaluated, true);
    }

    /** Returns the name that the figure has in an evaluation. */
    public String evaluationName() {
        return EVALUATION + name;
    }

    /**
     * What a figure measures, whatever a method calls it: what warnings, verdict, console and report ask for. The order is that of the
     * report's table.
     */
    public enum Meaning {
        /** Share of the pairs whose chosen answer the model ranks above the rejected one. */
        ACCURACY(Scale.SHARE_OF_ROWS),
        /** Share of the pairs whose chosen answer is the likelier one. */
        LIKELIER(Scale.SHARE_OF_ROWS),
        /** Share of the smaller things within rows, tokens or steps, that the model gets right. */
        HITS(Scale.SHARE),
        /** What a reward says of the policy's own answers. */
        SCORE(Scale.NUMBER),
        /** Nats by which an answer's distribution is away from the reference. */
        DIVERGENCE(Scale.NUMBER),
        /** The tokens of an answer. */
        LENGTH(Scale.NUMBER),
        /** Share of the answers that end by themselves. */
        FINISHED(Scale.SHARE),
        /** Share of different pairs of neighbouring tokens among all answers. */
        DIVERSITY(Scale.SHARE),
        /** The loss that training minimises. */
        LOSS(Scale.NUMBER),
        /** The margin: the chosen response's reward less the rejected one's. */
        MARGIN(Scale.NUMBER),
        /** Log-probability of an answer in the data. */
        LOG_PROBABILITY(Scale.NUMBER),
        /** What a loss takes off the rewards of single answers before it compares them. */
        BASELINE(Scale.NUMBER),
        /** Nats that a token of an answer leaves open. */
        ENTROPY(Scale.NUMBER),
        /** Perplexity of general text, which shows what a model forgets. */
        GENERAL_PERPLEXITY(Scale.FACTOR),
        /** What an answer of the data is worth by the measure that is trained. */
        REWARD(Scale.NUMBER),
        /** What one loss of several adds to the whole. */
        LOSS_PART(Scale.NUMBER),
        /** Perplexity of the policy's answers under its reference. */
        REFERENCE_PERPLEXITY(Scale.FACTOR),
        /** Length of a step's gradient. */
        GRADIENT_NORM(Scale.NUMBER),
        /** Learning rate of a step. */
        RATE(Scale.NUMBER),
        /** Share of the data that is right, tokens whose update was clipped, and the like. */
        SHARE(Scale.SHARE),
        /** A quantity that only the charts of its method read. */
        QUANTITY(Scale.NUMBER),
        /** The tokens computed per second. */
        SPEED(Scale.NUMBER),
        /** The peak memory in bytes. */
        MEMORY(Scale.NUMBER);

        /** The ways in which a figure is written and compared. */
        public enum Scale {
            /** A number; a change of it is a difference. */
            NUMBER,
            /** A share of something else than the evaluation rows, in percent; a change of it is in points. */
            SHARE,
            /** A share of the evaluation rows, in percent, with an interval by their number. */
            SHARE_OF_ROWS,
            /** A number whose change is a factor. */
            FACTOR
        }

        private final Scale scale;

        Meaning(Scale scale) {
            this.scale = scale;
        }

        /** Returns how this figure is written and compared. */
        public Scale scale() {
            return scale;
        }

        /** Whether this figure is a share, written in percent. */
        public boolean isShare() {
            return scale == Scale.SHARE || scale == Scale.SHARE_OF_ROWS;
        }
    }
}
