package org.align4j.serve.tinker;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.generate.AnswerQueue.Alternative;
import org.align4j.core.generate.AnswerQueue.EndReason;
import org.align4j.core.generate.AnswerQueue.Ended;
import org.align4j.core.generate.AnswerQueue.Scores;
import org.align4j.core.generate.AnswerQueue.Token;
import org.align4j.core.generate.PromptScores;
import org.align4j.core.web.ProtoWriter;
import org.jspecify.annotations.Nullable;

/** The answers to a call of {@code asample}: the message {@code SampleResponse}, and its document for clients that ask for JSON. */
final class SampleResult {
    private static final int LENGTH = 1;
    private static final float NO_CELL = -99999f;

    private SampleResult() {}

    /**
     * Writes the message.
     *
     * @param ended each answer, in order; the first one read the prompt for its scores
     */
    static byte[] message(SampleCall call, List<Ended> ended) {
        ProtoWriter message = new ProtoWriter();
        for (Ended answer : ended) {
            message.message(1, sequence(answer, call.scores().ofSamples()));
        }
        PromptScores prompt = ended.get(0).prompt();
        int hidden = call.prompt().length - call.scores().last();
        if (call.scores().prompt()) {
            float[] shown = prompt.logProbs().clone();
            Arrays.fill(shown, 0, Math.min(shown.length, Math.max(1, hidden)), Float.NaN);
            message.bytes(2, ProtoWriter.raw(shown));
        }
        if (call.scores().likeliest() > 0) {
            List<List<Alternative>> rows = new ArrayList<>(prompt.alternatives());
            for (int row = 0; row < Math.max(1, hidden); row++) {
                rows.set(row, List.of());
            }
            message.message(3, likeliest(rows, call.scores().likeliest()));
        }
        message.whole(4, ended.get(0).usage().reusedTokens());
        TargetCells targets = call.scores().targets();
        if (targets != null) {
            message.message(5, targets.message(prompt.following()));
        }
        return message.done();
    }

    private static ProtoWriter sequence(Ended answer, int alternatives) {
        boolean whole = answer.reason() == EndReason.END || answer.reason() == EndReason.STOP;
        List<Scores> scores = answer.tokens().stream()
                .map(Token::scores)
                .flatMap(each -> each == null ? Stream.empty() : Stream.of(each))
                .toList();
        float[] logProbs = new float[scores.size()];
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] = (float) scores.get(i).logProb();
        }
        ProtoWriter sequence = new ProtoWriter()
                .whole(1, whole ? 0 : LENGTH)
                .bytes(2, ProtoWriter.raw(answer.ids()))
                .bytes(3, ProtoWriter.raw(logProbs));
        return alternatives == 0
                ? sequence
                : sequence.message(
                        4, likeliest(scores.stream().map(Scores::alternatives).toList(), alternatives));
    }

    private static ProtoWriter likeliest(List<List<Alternative>> rows, int columns) {
        int[] ids = new int[rows.size() * columns];
        float[] logProbs = new float[ids.length];
        Arrays.fill(logProbs, NO_CELL);
        for (int row = 0; row < rows.size(); row++) {
            for (int column = 0; column < Math.min(columns, rows.get(row).size()); column++) {
                Alternative token = rows.get(row).get(column);
                ids[row * columns + column] = token.id();
                logProbs[row * columns + column] = (float) token.logProb();
            }
        }
        return new ProtoWriter()
                .bytes(1, ProtoWriter.raw(ids))
                .bytes(2, ProtoWriter.raw(logProbs))
                .whole(3, columns)
                .whole(4, rows.size());
    }

    /** Returns the document of a message that {@link #message} made. */
    static Map<String, Object> document(byte[] message) {
        List<Object> sequences = new ArrayList<>();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("sequences", sequences);
        ProtoReader reader = ProtoReader.of(message);
        while (reader.next()) {
            switch (reader.field()) {
                case 1 -> sequences.add(sequence(reader.message()));
                case 2 -> document.put("prompt_logprobs", floats(reader.bytes()));
                case 3 -> document.put("topk_prompt_logprobs", likeliest(reader.message()));
                case 4 -> document.put("prompt_cache_hit_tokens", reader.whole());
                case 5 -> document.put("target_prompt_logprobs", TargetCells.document(reader.message()));
                default -> reader.skip();
            }
        }
        return document;
    }

    private static Map<String, Object> sequence(ProtoReader message) {
        Map<String, Object> sequence = new LinkedHashMap<>();
        sequence.put("stop_reason", "stop");
        sequence.put("tokens", List.of());
        while (message.next()) {
            switch (message.field()) {
                case 1 -> sequence.put("stop_reason", message.whole() == LENGTH ? "length" : "stop");
                case 2 -> sequence.put("tokens", ints(message.bytes()));
                case 3 -> sequence.put("logprobs", floats(message.bytes()));
                case 4 -> sequence.put("topk_logprobs", likeliest(message.message()));
                default -> message.skip();
            }
        }
        return sequence;
    }

    /** Returns for each place its tokens with their log-probabilities; null where nothing is said of it. */
    private static List<@Nullable Object> likeliest(ProtoReader message) {
        List<Integer> ids = List.of();
        List<@Nullable Float> logProbs = List.of();
        int columns = 0;
        while (message.next()) {
            switch (message.field()) {
                case 1 -> ids = ints(message.bytes());
                case 2 -> logProbs = floats(message.bytes());
                case 3 -> columns = (int) message.whole();
                default -> message.skip();
            }
        }
        List<@Nullable Object> rows = new ArrayList<>();
        for (int at = 0; columns > 0 && at < ids.size(); at += columns) {
            List<Object> row = new ArrayList<>();
            for (int cell = at; cell < at + columns; cell++) {
                Float logProb = logProbs.get(cell);
                if (logProb != null && logProb != NO_CELL) {
                    row.add(List.of(ids.get(cell), logProb));
                }
            }
            rows.add(row.isEmpty() ? null : row);
        }
        return rows;
    }

    /** Returns raw numbers; null where one is NaN, which JSON doesn't have. */
    static List<@Nullable Float> floats(ByteBuffer raw) {
        FloatBuffer values = raw.asFloatBuffer();
        List<@Nullable Float> floats = new ArrayList<>(values.remaining());
        while (values.hasRemaining()) {
            float value = values.get();
            floats.add(Float.isNaN(value) ? null : value);
        }
        return floats;
    }

    private static List<Integer> ints(ByteBuffer raw) {
        IntBuffer values = raw.asIntBuffer();
        List<Integer> ints = new ArrayList<>(values.remaining());
        while (values.hasRemaining()) {
            ints.add(values.get());
        }
        return ints;
    }

    /** Returns raw whole numbers. */
    static List<Long> longs(ByteBuffer raw) {
        LongBuffer values = raw.asLongBuffer();
        List<Long> longs = new ArrayList<>(values.remaining());
        while (values.hasRemaining()) {
            longs.add(values.get());
        }
        return longs;
    }
}
