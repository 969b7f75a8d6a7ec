package org.align4j.serve.tinker;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.web.ProtoWriter;

/**
 * What a forward found: the message {@code ForwardBackwardOutput}.
 *
 * @param sequences log-probabilities of each sequence's targets, in the call's order
 * @param metrics by names that end in how several calls' are put together, such as {@code loss:sum}
 */
record ForwardResult(List<Found> sequences, Map<String, Double> metrics) {
    private static final String TYPE = "ArrayRecord";
    private static final String FIELD = "logprobs";
    private static final int FLOAT32 = 1;

    /**
     * The log-probabilities of one sequence's targets.
     *
     * @param columns K; 0 where the targets have one dimension
     * @param logProbs {@code [T, K]} or {@code [T]}, row-major, in nats
     */
    @SuppressWarnings("ArrayRecordComponent") // written once, never compared
    record Found(int columns, float[] logProbs) {}

    /** Returns the message; sequences with equal K that follow each other share a record. */
    byte[] message() {
        ProtoWriter message = new ProtoWriter().text(1, TYPE);
        for (int from = 0, to; from < sequences.size(); from = to) {
            int columns = sequences.get(from).columns();
            to = from;
            while (to < sequences.size() && sequences.get(to).columns() == columns) {
                to++;
            }
            message.message(2, record(sequences.subList(from, to), columns));
        }
        metrics.forEach((name, value) ->
                message.message(3, new ProtoWriter().text(1, name).number(2, value)));
        return message.done();
    }

    private static ProtoWriter record(List<Found> some, int columns) {
        long[] offsets = new long[some.size() + 1];
        for (int i = 0; i < some.size(); i++) {
            offsets[i + 1] = offsets[i] + (long) Float.BYTES * some.get(i).logProbs().length;
        }
        ByteBuffer data =
                ByteBuffer.allocate(Math.toIntExact(offsets[some.size()])).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer floats = data.asFloatBuffer();
        some.forEach(found -> floats.put(found.logProbs()));
        ProtoWriter tensor = new ProtoWriter()
                .bytes(1, data.array())
                .bytes(2, ProtoWriter.raw(offsets))
                .whole(3, FLOAT32)
                .whole(4, columns);
        return new ProtoWriter()
                .text(1, TYPE)
                .message(2, new ProtoWriter().text(1, FIELD).message(2, tensor))
                .whole(3, some.size());
    }

    /** Returns the document of a message that {@link #message} made, for clients that ask for JSON. */
    static Map<String, Object> document(byte[] message) {
        List<Object> outputs = new ArrayList<>();
        Map<String, Double> metrics = new LinkedHashMap<>();
        ProtoReader reader = ProtoReader.of(message);
        while (reader.next()) {
            switch (reader.field()) {
                case 2 -> outputs(reader.message(), outputs);
                case 3 -> metric(reader.message(), metrics);
                default -> reader.skip();
            }
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("loss_fn_output_type", TYPE);
        document.put("loss_fn_outputs", outputs);
        document.put("metrics", metrics);
        return document;
    }

    private static void outputs(ProtoReader record, List<Object> outputs) {
        while (record.next()) {
            if (record.field() == 2) {
                ProtoReader entry = record.message();
                while (entry.next()) {
                    if (entry.field() == 2) {
                        tensors(entry.message(), outputs);
                    } else {
                        entry.skip();
                    }
                }
            } else {
                record.skip();
            }
        }
    }

    private static void tensors(ProtoReader tensor, List<Object> outputs) {
        ByteBuffer data = ByteBuffer.allocate(0);
        ByteBuffer offsets = ByteBuffer.allocate(0);
        int columns = 0;
        while (tensor.next()) {
            switch (tensor.field()) {
                case 1 -> data = tensor.bytes();
                case 2 -> offsets = tensor.bytes();
                case 4 -> columns = (int) tensor.whole();
                default -> tensor.skip();
            }
        }
        for (int at = 0; at + Long.BYTES < offsets.remaining(); at += Long.BYTES) {
            int from = (int) offsets.getLong(at);
            int to = (int) offsets.getLong(at + Long.BYTES);
            List<Float> values = new ArrayList<>();
            for (int place = from; place < to; place += Float.BYTES) {
                values.add(data.getFloat(place));
            }
            List<Integer> shape = columns == 0 ? List.of(values.size()) : List.of(values.size() / columns, columns);
            outputs.add(Map.of(FIELD, Map.of("data", values, "dtype", "float32", "shape", shape)));
        }
    }

    private static void metric(ProtoReader entry, Map<String, Double> metrics) {
        String name = "";
        double value = 0;
        while (entry.next()) {
            switch (entry.field()) {
                case 1 -> name = entry.text();
                case 2 -> value = entry.number();
                default -> entry.skip();
            }
        }
        metrics.put(name, value);
    }
}
