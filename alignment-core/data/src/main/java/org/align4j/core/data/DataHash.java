package org.align4j.core.data;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/**
 * The SHA-256 of what a model reads of a data set: the tokens of its rows, their labels and margins, in order. Where the
 * rows came from (files, numbers) does not count.
 */
public final class DataHash {
    private final MessageDigest digest;
    private ByteBuffer buffer = ByteBuffer.allocate(1 << 12);

    private DataHash() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    /** The hash, 64 hexadecimal digits. */
    public static String of(List<? extends TokenRow> rows) {
        DataHash hash = new DataHash();
        rows.forEach(hash::add);
        return HexFormat.of().formatHex(hash.digest.digest());
    }

    /**
     * Returns the hash of the other fields of prompts, which rewards may read, row by row; the order of the keys does not count.
     *
     * @return null where no row has any
     */
    public static @Nullable String ofFields(List<? extends TokenRow> rows) {
        DataHash hash = new DataHash();
        boolean any = false;
        for (TokenRow row : rows) {
            Map<String, Object> fields = row instanceof PromptTokens prompt ? prompt.fields() : Map.of();
            any |= !fields.isEmpty();
            hash.add('f', Json.text(new TreeMap<>(fields)).chars().toArray());
        }
        return any ? HexFormat.of().formatHex(hash.digest.digest()) : null;
    }

    private void add(TokenRow row) {
        if (row instanceof PairTokens pair) {
            add(pair);
        } else if (row instanceof CompletionTokens completion) {
            add(completion);
        } else if (row instanceof StepTokens steps) {
            add(steps);
        } else if (row instanceof TextTokens text) {
            add(text);
        } else if (row instanceof PromptTokens prompt) {
            add('q', prompt.prompt());
            String answer = prompt.answer();
            if (answer != null) {
                add('w', answer.chars().toArray());
            }
        }
    }

    private void add(PairTokens pair) {
        add('p', pair.prompt());
        add('c', pair.chosen());
        add('r', pair.rejected());
        Double margin = pair.margin();
        add('m', margin == null ? new int[0] : halves(Double.doubleToLongBits(margin)));
        if (pair.tie()) {
            add('e', new int[0]);
        }
    }

    private void add(CompletionTokens completion) {
        add('p', completion.prompt());
        add('a', completion.completion());
        Boolean label = completion.label();
        add('l', label == null ? new int[0] : new int[] {label ? 1 : 0});
    }

    private void add(StepTokens steps) {
        add('p', steps.prompt());
        add('s', steps.completion());
        add('n', steps.ends());
        boolean[] labels = steps.labels();
        add('l', labels == null ? new int[0] : flags(labels));
    }

    private void add(TextTokens text) {
        add('i', text.ids());
        add('t', flags(text.trained()));
    }

    private static int[] flags(boolean[] truths) {
        int[] flags = new int[truths.length];
        for (int t = 0; t < flags.length; t++) {
            flags[t] = truths[t] ? 1 : 0;
        }
        return flags;
    }

    private static int[] halves(long bits) {
        return new int[] {(int) (bits >>> 32), (int) bits};
    }

    private void add(char kind, int[] values) {
        int bytes = Character.BYTES + (values.length + 1) * Integer.BYTES;
        if (buffer.capacity() < bytes) {
            buffer = ByteBuffer.allocate(bytes);
        }
        buffer.clear().putChar(kind).putInt(values.length);
        for (int value : values) {
            buffer.putInt(value);
        }
        digest.update(buffer.flip());
    }
}
