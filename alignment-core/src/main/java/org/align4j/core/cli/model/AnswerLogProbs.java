package org.align4j.core.cli.model;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.align4j.core.cli.Progress;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.session.Footprint;
import org.jspecify.annotations.Nullable;

/** Scores the answers of rows, a prompt computed once for its answers, and tells of them in the order of the input. */
final class AnswerLogProbs {
    /** Rows that wait for each other: enough to fill forwards well, few enough to be told of soon. */
    private static final int WINDOW = 256;

    private final Policy policy;
    private final boolean perToken;
    private final Consumer<String> log;

    AnswerLogProbs(Policy policy, boolean perToken, Consumer<String> log) {
        this.policy = policy;
        this.perToken = perToken;
        this.log = log;
    }

    /** One line a row, those that were dropped in their places. */
    void write(EncodedRows<TokenRow> encoded, ResultLines.Sink sink, Progress progress) {
        List<TokenRow> rows = encoded.rows();
        int longest = rows.stream().mapToInt(TokenRow::tokens).max().orElse(1);
        int tokens =
                Footprint.of(policy.decoder(), policy.base().dtype(), longest).microBatchTokens();
        TokenBudget budget = new TokenBudget(tokens, longest, log);
        Iterator<Drop> drops = encoded.drops().iterator();
        Drop drop = next(drops);
        for (int from = 0; from < rows.size(); from += WINDOW) {
            List<TokenRow> window = rows.subList(from, Math.min(rows.size(), from + WINDOW));
            List<Map<String, Object>> lines = budget.withinMemory(() -> score(window, budget));
            progress.advance(window.size());
            for (int i = 0; i < window.size(); i++) {
                for (; drop != null && drop.row() < window.get(i).row(); drop = next(drops)) {
                    sink.line(line(drop));
                }
                sink.line(lines.get(i));
            }
        }
        for (; drop != null; drop = next(drops)) {
            sink.line(line(drop));
        }
    }

    private static @Nullable Drop next(Iterator<Drop> drops) {
        return drops.hasNext() ? drops.next() : null;
    }

    /** {@code {"row", "dropped"}}. */
    static Map<String, Object> line(Drop drop) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("row", drop.row());
        line.put("dropped", drop.detail());
        return line;
    }

    private List<Map<String, Object>> score(List<TokenRow> window, TokenBudget budget) {
        List<Map<String, Object>> lines = new ArrayList<>();
        window.forEach(row -> lines.add(new LinkedHashMap<>()));
        List<RowLayout.Item> items = window.stream().map(AnswerLogProbs::item).toList();
        RowLayout layout = RowLayout.SHARED.within(policy.decoder().lengthBoundary());
        for (int[] group : layout.groups(items, budget.tokens())) {
            RowLayout.Packed packed =
                    layout.pack(IntStream.of(group).mapToObj(items::get).toList());
            TokenScores scores = policy.score(packed.batch());
            for (int i = 0; i < group.length; i++) {
                describe(window.get(group[i]), scores, packed.answers().get(i), lines.get(group[i]));
            }
        }
        return lines;
    }

    private static RowLayout.Item item(TokenRow row) {
        return row instanceof PairTokens pair
                ? new RowLayout.Item(pair.prompt(), pair.chosen(), pair.rejected())
                : new RowLayout.Item(row.prompt(), new int[][] {((CompletionTokens) row).completion()});
    }

    private void describe(TokenRow row, TokenScores scores, List<PackedBatch.Span> spans, Map<String, Object> line) {
        List<String> names = row instanceof PairTokens ? List.of("chosen", "rejected") : List.of("completion");
        line.put("row", row.row());
        for (int answer = 0; answer < names.size(); answer++) {
            line.put(names.get(answer), scores.sum(spans.get(answer)));
        }
        for (int answer = 0; answer < names.size(); answer++) {
            line.put(names.get(answer) + "_tokens", spans.get(answer).length());
        }
        for (int answer = 0; perToken && answer < names.size(); answer++) {
            line.put(names.get(answer) + "_token_log_probs", scores.logProbs(spans.get(answer)));
        }
    }
}
