package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.align4j.core.web.ProtoWriter;
import org.align4j.serve.door.Asked;
import org.align4j.web.Refusal;

/**
 * Tokens whose log-probabilities at places of a prompt are asked for: row i holds those for the place after token i. The answer has the same layout.
 *
 * @param columns K
 * @param sparse whether only the cells that are named travel
 * @param rows {@code [P - 1][…]} the ids of each row, in the order of the cells; -1 in a dense one asks nothing
 * @param places {@code [P - 1][…]} their columns
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
record TargetCells(int columns, boolean sparse, int[][] rows, int[][] places) {
    private static final int FLOAT32 = 1;
    private static final int MOST_CELLS = 1 << 20;
    private static final String FIELD = "target_prompt_logprobs";

    /**
     * Reads a tensor of ids.
     *
     * @param prompt tokens of the prompt
     * @throws Refusal 400 where it doesn't fit the prompt
     */
    static TargetCells read(Asked tensor, int prompt) {
        tensor.requireKnown(List.of("data", "dtype", "shape", "sparse_crow_indices", "sparse_col_indices"));
        long[] shape = wholes(tensor, "shape");
        long[] data = wholes(tensor, "data");
        if (shape.length != 2 || shape[0] != prompt - 1 || shape[1] < 1 || shape[1] > MOST_CELLS) {
            throw wrong(format(
                    "has the shape %s, but must have one row less than the prompt's %d tokens, and a column at least",
                    Arrays.toString(shape), prompt));
        }
        int columns = (int) shape[1];
        boolean sparse = tensor.has("sparse_crow_indices");
        if (data.length > MOST_CELLS || (!sparse && data.length != shape[0] * columns)) {
            throw wrong(
                    "has " + data.length + " values, but must have as many as its shape says, at most " + MOST_CELLS);
        }
        long[] begins = sparse
                ? wholes(tensor, "sparse_crow_indices")
                : LongStream.rangeClosed(0, shape[0]).map(row -> row * columns).toArray();
        long[] own = sparse
                ? wholes(tensor, "sparse_col_indices")
                : LongStream.range(0, data.length).map(cell -> cell % columns).toArray();
        if (begins.length != prompt
                || own.length != data.length
                || begins[0] != 0
                || begins[prompt - 1] != data.length) {
            throw wrong("is sparse with rows that don't fit its values");
        }
        int[][] rows = new int[prompt - 1][];
        int[][] places = new int[prompt - 1][];
        for (int row = 0; row < rows.length; row++) {
            if (begins[row] > begins[row + 1] || begins[row] < 0 || begins[row + 1] > data.length) {
                throw wrong("is sparse with rows that don't follow each other");
            }
            rows[row] = whole(data, begins[row], begins[row + 1], Integer.MAX_VALUE);
            places[row] = whole(own, begins[row], begins[row + 1], columns - 1);
        }
        return new TargetCells(columns, sparse, rows, places);
    }

    private static long[] wholes(Asked tensor, String field) {
        JsonNode values = tensor.node().path(field);
        long[] wholes = new long[values.size()];
        for (int i = 0; i < wholes.length; i++) {
            JsonNode value = values.get(i);
            if (value == null || !value.isIntegralNumber()) {
                throw wrong("has a " + field + " that isn't of whole numbers");
            }
            wholes[i] = value.longValue();
        }
        return wholes;
    }

    private static int[] whole(long[] all, long from, long to, int most) {
        int[] some = new int[(int) (to - from)];
        for (int i = 0; i < some.length; i++) {
            long value = all[(int) from + i];
            if (value < -1 || value > most) {
                throw wrong("holds " + value + ", which is no token or no column of it");
            }
            some[i] = (int) value;
        }
        return some;
    }

    /** Returns {@code [P][…]} the ids that the queue is asked for after each token of the prompt. */
    int[][] following() {
        int[][] following = new int[rows.length + 1][];
        for (int row = 0; row < rows.length; row++) {
            following[row] = Arrays.stream(rows[row]).filter(id -> id >= 0).toArray();
        }
        following[rows.length] = new int[0];
        return following;
    }

    /** Returns the message {@code Tensor} of what the queue found; NaN where nothing was asked. */
    ProtoWriter message(float[][] found) {
        int count = Arrays.stream(rows).mapToInt(row -> row.length).sum();
        float[] values = new float[count];
        long[] begins = new long[rows.length + 1];
        long[] own = new long[count];
        int at = 0;
        for (int row = 0; row < rows.length; row++) {
            int next = 0;
            for (int cell = 0; cell < rows[row].length; cell++) {
                own[at] = places[row][cell];
                values[at++] = rows[row][cell] < 0 ? Float.NaN : found[row][next++];
            }
            begins[row + 1] = at;
        }
        ProtoWriter tensor = new ProtoWriter();
        if (sparse) {
            tensor.message(
                    2,
                    new ProtoWriter()
                            .bytes(1, ProtoWriter.raw(values))
                            .bytes(2, ProtoWriter.raw(begins))
                            .bytes(3, ProtoWriter.raw(own)));
        } else {
            tensor.bytes(1, ProtoWriter.raw(values));
        }
        return tensor.whole(3, FLOAT32).whole(4, rows.length).whole(4, columns);
    }

    /** Returns the document of a message that {@link #message} made, for clients that ask for JSON. */
    static Map<String, Object> document(ProtoReader tensor) {
        Map<String, Object> document = new LinkedHashMap<>();
        List<Long> shape = new ArrayList<>();
        while (tensor.next()) {
            switch (tensor.field()) {
                case 1 -> document.put("data", SampleResult.floats(tensor.bytes()));
                case 2 -> {
                    ProtoReader csr = tensor.message();
                    while (csr.next()) {
                        switch (csr.field()) {
                            case 1 -> document.put("data", SampleResult.floats(csr.bytes()));
                            case 2 -> document.put("sparse_crow_indices", SampleResult.longs(csr.bytes()));
                            default -> document.put("sparse_col_indices", SampleResult.longs(csr.bytes()));
                        }
                    }
                }
                case 4 -> shape.add(tensor.whole());
                default -> tensor.skip();
            }
        }
        document.put("dtype", "float32");
        document.put("shape", shape);
        return document;
    }

    private static Refusal wrong(String why) {
        return Asked.refusal(FIELD + " " + why + ".", FIELD, "invalid_value");
    }
}
