package org.align4j.core.consult;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.implicit.ReferenceSide;
import org.align4j.core.terminal.Progress;
import org.align4j.core.train.TrainingLog;
import org.jspecify.annotations.Nullable;

/** Takes pairs through a language model, a prompt computed once for its two answers. */
final class LikelihoodReader {
    /** Pairs that are laid into forwards together. */
    private static final int WINDOW = 128;

    private final ModelSession session;
    private final TrainingLog log;

    LikelihoodReader(ModelSession session, TrainingLog log) {
        this.session = session;
        this.log = log;
    }

    /**
     * Reads the pairs.
     *
     * @param pairs by the number of their row
     * @param compared what the model's run compared it with; null: nothing, so that the model itself stands in its place
     * @return in the order of the rows
     */
    List<PairLikelihood> read(SortedMap<Integer, PairTokens> pairs, @Nullable ReferenceSide compared) {
        List<Map.Entry<Integer, PairTokens>> all = List.copyOf(pairs.entrySet());
        TokenBudget budget = session.budget(List.copyOf(pairs.values()), log);
        List<PairLikelihood> read = new ArrayList<>();
        try (Progress progress = log.progress("Pairs", all.size())) {
            for (int from = 0; from < all.size(); from += WINDOW) {
                var window = all.subList(from, Math.min(all.size(), from + WINDOW));
                read.addAll(budget.withinMemory(() -> window(window, compared, budget.tokens())));
                progress.advance(window.size());
            }
        }
        return read;
    }

    private List<PairLikelihood> window(
            List<Map.Entry<Integer, PairTokens>> window, @Nullable ReferenceSide compared, int microBatchTokens) {
        RowLayout layout = session.layout();
        List<RowLayout.Item> items =
                window.stream().map(entry -> item(entry.getValue())).toList();
        PairLikelihood[] read = new PairLikelihood[items.size()];
        for (int[] group : layout.groups(items, microBatchTokens)) {
            RowLayout.Packed packed =
                    layout.pack(IntStream.of(group).mapToObj(items::get).toList());
            Policy policy = session.policy();
            TokenScores scores = policy.score(packed.batch(), policy.weights());
            TokenScores reference = compared == null ? scores : compared.score(packed.batch());
            for (int i = 0; i < group.length; i++) {
                read[group[i]] = PairLikelihood.of(
                        window.get(group[i]).getKey(), packed.answers().get(i), scores, reference);
            }
        }
        return List.of(read);
    }

    private static RowLayout.Item item(PairTokens pair) {
        return new RowLayout.Item(pair.prompt(), pair.chosen(), pair.rejected());
    }
}
