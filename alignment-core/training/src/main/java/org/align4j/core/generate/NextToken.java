package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.AnswerQueue.Alternative;
import org.align4j.core.generate.AnswerQueue.Scores;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;

/** Chooses the next token of one answer of a queue from its own scores, each answer by its own settings. */
final class NextToken {
    private NextToken() {}

    /**
     * Gives an answer its next token, and those after it as long as they are the ones that a draft guessed.
     *
     * @param logits {@code [R, V]} next-token scores of rows of a pass
     * @param likeliest of these rows
     * @param row that of the answer's last token; those of the draft come after it
     * @param draft {@code [D]} the guessed ids
     * @return how many of them were right
     */
    static int choose(
            Scope scope,
            NDArray logits,
            GenerationKernels.Likeliest likeliest,
            int row,
            QueuedAnswer answer,
            int... draft) {
        int kept = 0;
        while (true) {
            int at = row + kept;
            Token token = isSimple(answer)
                    ? new Token(likeliest(likeliest, at), null)
                    : choose(scope, DecoderKernels.rowRange(scope, logits, at, at + 1), answer);
            answer.take(token);
            if (kept == draft.length || token.id() != draft[kept] || answer.isEnded()) {
                break;
            }
            kept++;
        }
        if (draft.length > 0) {
            answer.lookup().kept(kept, draft.length);
        }
        return kept;
    }

    /**
     * Chooses a token and says how likely it was where that was asked for.
     *
     * @param logits {@code [1, V]} the answer's next-token scores
     */
    private static Token choose(Scope scope, NDArray logits, QueuedAnswer answer) {
        AnswerQueue.Request request = answer.request();
        Sampling sampling = answer.settings().sampling();
        TokenFilter filter = request.filter();
        NDArray ruled = answer.rules().isEmpty()
                ? logits
                : answer.rules().applied(scope, logits, null, List.of(answer.written()));
        NDArray seen = filter == null ? ruled : filtered(scope, ruled, filter.allowed());
        int id = sampling.choose(scope, seen, null, List.of(answer.random()))[0];
        if (filter != null) {
            filter.accept(id);
        }
        int alternatives = request.scores().ofAnswer();
        return new Token(id, alternatives == AskedScores.NONE ? null : scores(scope, logits, id, alternatives));
    }

    private static NDArray filtered(Scope scope, NDArray logits, BitSet allowed) {
        float[] values = logits.toFloatArray();
        int first = allowed.nextSetBit(0);
        if (first < 0 || first >= values.length) {
            throw new InputException(
                    "the filter allows no token; it must allow one wherever an answer may go on or end.");
        }
        for (int id = allowed.nextClearBit(0); id < values.length; id = allowed.nextClearBit(id + 1)) {
            values[id] = Float.NEGATIVE_INFINITY;
        }
        if (allowed.stream().noneMatch(id -> id < values.length && values[id] != Float.NEGATIVE_INFINITY)) {
            throw new InputException(
                    "forbid leaves no token of those that the filter allows at this place of an answer; forbid less.");
        }
        return scope.floats(values, 1, values.length);
    }

    /** Returns whether an answer takes the likeliest token of all, and no scores are asked for. */
    private static boolean isSimple(QueuedAnswer answer) {
        return answer.settings().sampling().greedy()
                && answer.rules().isEmpty()
                && answer.request().filter() == null
                && answer.request().scores().ofAnswer() == AskedScores.NONE;
    }

    /**
     * Returns the likeliest token of a row.
     *
     * @throws InputException where the model gives NaN
     */
    private static int likeliest(GenerationKernels.Likeliest likeliest, int row) {
        if (Float.isNaN(likeliest.scores()[row])) {
            throw Sampling.damaged();
        }
        return Math.toIntExact(likeliest.ids()[row]);
    }

    private static Scores scores(Scope scope, NDArray logits, int id, int alternatives) {
        GenerationKernels.ToldScores told = GenerationKernels.scores(scope, logits, new int[][] {{id}}, alternatives);
        return new Scores(told.chosen()[0][0], alternatives(told, 0));
    }

    /** Returns the likeliest tokens of a row. */
    static List<Alternative> alternatives(GenerationKernels.ToldScores told, int row) {
        List<Alternative> likeliest = new ArrayList<>();
        for (int i = 0; i < told.ids()[row].length; i++) {
            likeliest.add(new Alternative(Math.toIntExact(told.ids()[row][i]), told.logProbs()[row][i]));
        }
        return likeliest;
    }
}
