package org.align4j.reward;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.ResultLines;

/** Gathers the lines of a bench's answers into one line a row, and their scores into items. */
final class BenchLines implements ResultLines.Sink {
    private static final String ANSWER = "completion";

    private final List<BenchRows.Members> rows;
    private final ResultLines.Sink sink;
    private final List<BenchItem> items = new ArrayList<>();
    private final List<Map<String, Object>> waiting = new ArrayList<>();

    /**
     * Begins with the first row.
     *
     * @param sink takes the rows' lines
     */
    BenchLines(List<BenchRows.Members> rows, ResultLines.Sink sink) {
        this.rows = rows;
        this.sink = sink;
    }

    /** The rows told of so far. */
    List<BenchItem> items() {
        return items;
    }

    @Override
    public void line(Map<String, Object> fields) {
        if (fields.containsKey("dropped")) {
            sink.line(fields);
            return;
        }
        waiting.add(fields);
        BenchRows.Members row = rows.get(items.size());
        if (waiting.size() == row.fields().answers()) {
            List<Map<String, Object>> chosen = waiting.subList(0, row.fields().chosen());
            List<Map<String, Object>> rejected = waiting.subList(row.fields().chosen(), waiting.size());
            BenchItem item = new BenchItem(
                    row.fields().subset(),
                    row.fields().id(),
                    row.prompt(),
                    side(chosen),
                    side(rejected),
                    row.fields().pair());
            items.add(item);
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("row", row.row());
            line.put("subset", row.fields().subset());
            put(line, "chosen", chosen, item.pair());
            put(line, "rejected", rejected, item.pair());
            line.put("credit", item.credit());
            sink.line(line);
            waiting.clear();
        }
    }

    private static BenchItem.Side side(List<Map<String, Object>> lines) {
        return new BenchItem.Side(numbers(lines, ANSWER), numbers(lines, ANSWER + "_tokens"));
    }

    private static double[] numbers(List<Map<String, Object>> lines, String key) {
        return lines.stream()
                .mapToDouble(line -> ((Number) line.getOrDefault(key, Double.NaN)).doubleValue())
                .toArray();
    }

    private static void put(Map<String, Object> line, String side, List<Map<String, Object>> answers, boolean pair) {
        for (String key : answers.get(0).keySet()) {
            if (key.startsWith(ANSWER)) {
                List<Object> values = answers.stream()
                        .map(answer -> answer.getOrDefault(key, 0))
                        .toList();
                line.put(side + key.substring(ANSWER.length()), pair ? values.get(0) : values);
            }
        }
    }
}
