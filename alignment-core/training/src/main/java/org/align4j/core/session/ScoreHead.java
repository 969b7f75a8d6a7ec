package org.align4j.core.session;

import org.align4j.core.family.ScoreTask;

/**
 * A head of scores that a command trains on a language model's body, or goes on with.
 *
 * @param task a sequence's scores, or a token's
 * @param labels how many
 */
public record ScoreHead(ScoreTask task, int labels) {
    /** A reward model's: one score per sequence. */
    public static final ScoreHead REWARD = new ScoreHead(ScoreTask.SEQUENCE, 1);

    /** A process reward model's: wrong or right, at each step's last token. */
    public static final ScoreHead STEPS = new ScoreHead(ScoreTask.TOKEN, 2);
}
