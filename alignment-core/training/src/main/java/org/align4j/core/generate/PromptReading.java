package org.align4j.core.generate;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.align4j.core.generate.AnswerQueue.Alternative;
import org.align4j.core.kernel.GenerationKernels;
import org.align4j.core.kernel.Scope;

/** Gathers what a request asked to know of its prompt's tokens while they are read. */
final class PromptReading {
    /** Rows with scores of all tokens at a time. */
    private static final int CHUNK = RowWidths.MOST_SCORED;

    private final int[] prompt;
    private final AskedScores asked;
    private final float[] logProbs;
    private final List<List<Alternative>> alternatives = new ArrayList<>();
    private final float[][] following;

    PromptReading(int[] prompt, AskedScores asked) {
        this.prompt = prompt;
        this.asked = asked;
        this.logProbs = new float[tellsTokens() ? prompt.length : 0];
        Arrays.fill(logProbs, Float.NaN);
        if (tellsTokens()) {
            alternatives.add(List.of());
        }
        this.following = Arrays.stream(asked.following())
                .map(tokens -> new float[tokens.length])
                .toArray(float[][]::new);
    }

    private boolean tellsTokens() {
        return asked.ofPrompt() != AskedScores.NONE;
    }

    private int[] following(int position) {
        return following.length == 0 ? new int[0] : asked.following()[position];
    }

    private boolean tells(int position) {
        return (tellsTokens() && position + 1 < prompt.length) || following(position).length > 0;
    }

    /** Counts the first tokens whose places may be taken from others that read them: what follows them isn't asked for. */
    int skippable() {
        return IntStream.range(0, prompt.length).filter(this::tells).findFirst().orElse(prompt.length);
    }

    /**
     * Hears of tokens that were read.
     *
     * @param from the first of them
     * @param to the end of them
     * @param scores gives {@code [n, V]} the next-token scores of these positions, at most so many at a time as products are tried for
     */
    void read(Scope scope, int from, int to, Function<int[], NDArray> scores) {
        int[] told = IntStream.range(from, Math.min(to, prompt.length))
                .filter(this::tells)
                .toArray();
        for (int begin = 0; begin < told.length; begin += CHUNK) {
            int[] positions = Arrays.copyOfRange(told, begin, Math.min(told.length, begin + CHUNK));
            take(scope, positions, scores.apply(positions));
        }
    }

    private void take(Scope scope, int[] positions, NDArray scores) {
        int[][] targets = Arrays.stream(positions).mapToObj(this::targets).toArray(int[][]::new);
        GenerationKernels.ToldScores found =
                GenerationKernels.scores(scope, scores, targets, Math.max(0, asked.ofPrompt()));
        for (int i = 0; i < positions.length; i++) {
            int t = positions[i];
            float[] own = found.chosen()[i];
            int first = 0;
            if (tellsTokens() && t + 1 < prompt.length) {
                logProbs[t + 1] = own[first++];
                alternatives.add(NextToken.alternatives(found, i));
            }
            for (int k = 0; k < following(t).length; k++) {
                following[t][k] = own[first + k];
            }
        }
    }

    private int[] targets(int position) {
        int[] more = following(position);
        if (!tellsTokens() || position + 1 == prompt.length) {
            return more;
        }
        int[] all = new int[more.length + 1];
        all[0] = prompt[position + 1];
        System.arraycopy(more, 0, all, 1, more.length);
        return all;
    }

    /** Returns what was read. */
    PromptScores scores() {
        return new PromptScores(logProbs, List.copyOf(alternatives), following);
    }
}
