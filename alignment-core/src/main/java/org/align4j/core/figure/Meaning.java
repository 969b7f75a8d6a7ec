package org.align4j.core.figure;

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
    /** Tokens of an answer. */
    LENGTH(Scale.NUMBER),
    /** Share of the answers that end by themselves. */
    FINISHED(Scale.SHARE),
    /** Share of different pairs of neighbouring tokens among all answers. */
    DIVERSITY(Scale.SHARE),
    /** What training minimises. */
    LOSS(Scale.NUMBER),
    /** By how much the chosen answer of a pair is ahead of the rejected one. */
    MARGIN(Scale.NUMBER),
    /** Log-probability of an answer in the data. */
    LOG_PROBABILITY(Scale.NUMBER),
    /** What a loss takes off the rewards of single answers before it judges them. */
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
    /** Whatever only its own method's charts read. */
    QUANTITY(Scale.NUMBER),
    /** Tokens in a second. */
    SPEED(Scale.NUMBER),
    /** Bytes. */
    MEMORY(Scale.NUMBER);

    /** How a figure is written and compared. */
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

    /** How such a figure is written and compared. */
    public Scale scale() {
        return scale;
    }

    /** Whether it is a share, written in percent. */
    public boolean isShare() {
        return scale == Scale.SHARE || scale == Scale.SHARE_OF_ROWS;
    }
}
