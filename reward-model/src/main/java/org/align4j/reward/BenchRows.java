package org.align4j.reward;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.data.CompletionTokens;
import org.align4j.core.data.PairTokens;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.DropReason;
import org.align4j.core.data.encode.EncodedRows;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a bench, each of their answers a row of its own, so that whatever scores answers scores them once.
 *
 * @param answers every answer under the number of its row: the chosen ones of a row, then the rejected ones
 * @param rows which of them belong together, in that order
 * @param leftOut how many rows say that neither answer is better
 */
record BenchRows(EncodedRows<TokenRow> answers, List<Members> rows, int leftOut) {

    /**
     * The answers of a row.
     *
     * @param row its number in the input
     * @param prompt equal for rows of one prompt
     * @param fields what the row says with its texts
     */
    record Members(int row, long prompt, Fields fields) {}

    /**
     * Holds what a row says with its texts.
     *
     * @param place the row's file and line
     * @param subset the part of the bench
     * @param id its name; null where it has none
     * @param chosen how many answers are right
     * @param rejected how many are wrong
     * @param pair whether the row is one answer against another, not lists
     */
    record Fields(String place, String subset, @Nullable String id, int chosen, int rejected, boolean pair) {
        int answers() {
            return chosen + rejected;
        }
    }

    /**
     * Reads the rows of a bench.
     *
     * @param field names a row's subset
     * @throws InputException where a row has no such field, or gives other pairs than its lists say
     */
    static BenchRows read(RowEncoder encoder, RowSource source, String field) {
        Map<Integer, Fields> fields = fields(source, field);
        EncodedRows<PairTokens> encoded = encoder.everyPair(source);
        Map<Integer, List<Integer>> places = new LinkedHashMap<>();
        for (int i = 0; i < encoded.rows().size(); i++) {
            places.computeIfAbsent(encoded.rows().get(i).row(), unseen -> new ArrayList<>())
                    .add(i);
        }
        Map<Integer, Drop> drops = new TreeMap<>();
        encoded.drops().forEach(drop -> drops.putIfAbsent(drop.row(), drop));
        int dropped = drops.size();
        List<TokenRow> answers = new ArrayList<>();
        List<Members> rows = new ArrayList<>();
        places.forEach((row, own) -> {
            List<PairTokens> pairs = own.stream()
                    .map(encoded.rows()::get)
                    .filter(pair -> !pair.tie())
                    .toList();
            Fields said = fields.getOrDefault(row, new Fields("", "", null, 1, 1, true));
            if (!drops.containsKey(row) && pairs.isEmpty()) {
                drops.put(row, new Drop(row, said.place, DropReason.NEITHER_BETTER, DropReason.NEITHER_BETTER.text()));
            }
            if (!drops.containsKey(row)) {
                requireAll(said, pairs.size());
                rows.add(new Members(row, encoded.promptKeys()[own.get(0)], said));
                answers.addAll(answers(said, pairs));
            }
        });
        if (rows.isEmpty()) {
            throw new InputException(
                    "No row of data has answers to compare; a bench needs prompt, chosen and rejected.");
        }
        long[] keys = new long[answers.size()];
        EncodedRows<TokenRow> all = new EncodedRows<>(answers, keys, List.copyOf(drops.values()), encoded.report());
        return new BenchRows(all, rows, drops.size() - dropped);
    }

    private static void requireAll(Fields said, int pairs) {
        if (pairs != said.chosen * said.rejected) {
            throw new InputException(
                    said.place + ": this row gives " + pairs + " pairs of answers but has "
                            + said.chosen + " chosen and " + said.rejected
                            + " rejected; subsets reads rows with prompt, chosen and rejected, each one text or a list of texts.");
        }
    }

    private static List<TokenRow> answers(Fields said, List<PairTokens> pairs) {
        List<TokenRow> answers = new ArrayList<>();
        for (int i = 0; i < said.chosen; i++) {
            PairTokens pair = pairs.get(i * said.rejected);
            answers.add(new CompletionTokens(pair.row(), pair.prompt(), pair.chosen(), null));
        }
        for (PairTokens pair : pairs.subList(0, said.rejected)) {
            answers.add(new CompletionTokens(pair.row(), pair.prompt(), pair.rejected(), null));
        }
        return answers;
    }

    /** Returns what each row says with its texts; a bad row is left to the reader of texts, which reports it. */
    private static Map<Integer, Fields> fields(RowSource source, String field) {
        Map<String, String> names = source.columns().names();
        Map<Integer, Fields> fields = new HashMap<>();
        source.reader(RowKind.ANY).read(new RowReader.Sink() {
            @Override
            public void object(Origin origin, Map<String, @Nullable Object> row) {
                Object subset = row.get(field);
                if (subset == null || subset instanceof List || subset instanceof Map) {
                    throw origin.error("\"" + field + "\" is "
                            + (subset == null ? "missing" : "no text")
                            + ", but subsets names it as the field with a row's subset; give it, or name another.");
                }
                Object id = row.get("id");
                Object chosen = row.get(names.getOrDefault("chosen", "chosen"));
                Object rejected = row.get(names.getOrDefault("rejected", "rejected"));
                boolean lists = isTexts(chosen) && isTexts(rejected);
                fields.put(
                        origin.row(),
                        new Fields(
                                origin.place(),
                                subset.toString(),
                                id == null ? null : id.toString(),
                                lists ? size(chosen) : 1,
                                lists ? size(rejected) : 1,
                                !lists));
            }

            @Override
            public void row(Row row) {
                // Only the object is read here.
            }

            @Override
            public void bad(Origin origin, InputException error) {
                // The encoder reads the row again and tells.
            }
        });
        return fields;
    }

    private static boolean isTexts(@Nullable Object value) {
        return value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof String;
    }

    private static int size(@Nullable Object value) {
        return value instanceof List<?> list ? list.size() : 1;
    }
}
