package org.align4j.core.session;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.TokenRow.TokenPart;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.Scorer;
import org.align4j.core.terminal.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Takes the answers of rows through forwards, a prompt computed once for its answers, and reports them in the order of the input,
 * rows that were dropped in their places.
 *
 * @param layout how rows lie in a forward
 * @param budget tokens in one forward
 * @param policy has the forwards taken here or elsewhere
 * @param forward what a forward says of its rows
 */
public record AnswersInOrder<A extends Serializable>(
        RowLayout layout, TokenBudget budget, Policy policy, Forward<A> forward) {
    /** Rows that wait for each other: enough to fill forwards well, few enough to be reported of soon. */
    private static final int WINDOW = 256;

    /** Runs a model over some rows, one tree each. */
    public interface Forward<A extends Serializable> {
        /** Returns the round of forwards that it runs. */
        Round<PackedBatch, A> round();

        /** Finds the answers of rows in what a forward said of them. */
        Answers answers(RowLayout.Packed packed, A said);
    }

    /** The answers of a forward's rows. */
    public interface Answers {
        /**
         * Adds a row's figures to its line.
         *
         * @param answers where the tokens of its answers lie in the forward
         */
        void describe(TokenRow row, List<PackedBatch.Span> answers, Map<String, Object> line);
    }

    /** What the answers of a row are called. */
    public static List<String> names(TokenRow row) {
        return row.answers().stream().map(TokenPart::name).toList();
    }

    /** Gives one line per row. */
    public void write(EncodedRows<TokenRow> encoded, Consumer<Map<String, Object>> sink, Progress progress) {
        List<TokenRow> rows = encoded.rows();
        Iterator<Drop> drops = encoded.drops().iterator();
        Drop drop = next(drops);
        for (int from = 0; from < rows.size(); from += WINDOW) {
            List<TokenRow> window = rows.subList(from, Math.min(rows.size(), from + WINDOW));
            List<Map<String, Object>> lines = budget.withinMemory(() -> lines(window));
            progress.advance(window.size());
            for (int i = 0; i < window.size(); i++) {
                for (; drop != null && drop.row() < window.get(i).row(); drop = next(drops)) {
                    sink.accept(drop.line());
                }
                sink.accept(lines.get(i));
            }
        }
        for (; drop != null; drop = next(drops)) {
            sink.accept(drop.line());
        }
    }

    private static @Nullable Drop next(Iterator<Drop> drops) {
        return drops.hasNext() ? drops.next() : null;
    }

    private List<Map<String, Object>> lines(List<TokenRow> window) {
        List<RowLayout.Item> items = window.stream().map(AnswersInOrder::item).toList();
        Scorer scorer = new Scorer(layout.groups(items, budget.tokens()));
        List<RowLayout.Packed> forwards =
                scorer.parts(items).stream().map(layout::pack).toList();
        List<A> said = policy.take(
                forward.round(), forwards.stream().map(RowLayout.Packed::batch).toList());
        return scorer.score(
                window,
                parts -> IntStream.range(0, parts.size())
                        .mapToObj(f -> lines(parts.get(f), forwards.get(f), said.get(f)))
                        .toList());
    }

    private List<Map<String, Object>> lines(List<TokenRow> rows, RowLayout.Packed packed, A said) {
        Answers answers = forward.answers(packed, said);
        List<Map<String, Object>> lines = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("row", rows.get(i).row());
            answers.describe(rows.get(i), packed.answers().get(i), line);
            lines.add(line);
        }
        return lines;
    }

    private static RowLayout.Item item(TokenRow row) {
        return new RowLayout.Item(
                row.prompt(), row.answers().stream().map(TokenPart::ids).toArray(int[][]::new));
    }
}
