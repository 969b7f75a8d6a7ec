package org.align4j.core.data.encode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.TextTokens;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.file.Utf8Text;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder;
import org.jspecify.annotations.Nullable;

/**
 * General text whose perplexity shows what a model forgets: {@code .txt}, or {@code .jsonl}, {@code .json}, {@code .csv},
 * {@code .tsv} (each also {@code .gz} and {@code .zst}) and {@code .parquet} of {@code {"text"}}. It is cut into windows of tokens, each led in by the tokenizer's own leading
 * tokens; a window never spans two texts.
 */
public final class GuardText {
    private static final int BLOCK = 1 << 16;

    private final TextEncoder encoder;
    private final int vocabularySize;
    private final int windowTokens;
    private final int maxWindows;
    private final int[] leading;
    private final List<TextTokens> windows = new ArrayList<>();
    private int[] pending = {};
    private long unscored;

    /**
     * The windows of a text, and what of it is in none of their figures.
     *
     * @param windows of the text
     * @param unscored tokens without a log-probability: a window's first one where the tokenizer puts nothing before it, and a text or a
     *     last window of one token
     */
    public record Cut(List<TextTokens> windows, long unscored) {
        public Cut {
            windows = List.copyOf(windows);
        }
    }

    private GuardText(TextEncoder encoder, int vocabularySize, int windowTokens, int maxWindows) {
        this.encoder = encoder;
        this.vocabularySize = vocabularySize;
        this.windowTokens = windowTokens;
        this.maxWindows = maxWindows;
        this.leading = encoder.tokenizer().leadingTokens();
        if (windowTokens < leading.length + 2) {
            throw new InputException("A guard window of " + windowTokens + " tokens is too short; it needs at least "
                    + (leading.length + 2) + ".");
        }
    }

    /**
     * Reads the files until there are enough windows.
     *
     * @param vocabularySize token ids the model knows: 0 to below this
     * @param windowTokens tokens of a window, leading ones included; the last one of a text may be shorter
     * @param maxWindows how many are enough
     * @return the windows; all tokens but the leading ones count
     * @throws InputException where a file is of another kind, holds no text, or has a row without text
     */
    public static List<TextTokens> windows(
            List<Path> files, TextEncoder encoder, int vocabularySize, int windowTokens, int maxWindows) {
        return cut(files, encoder, vocabularySize, windowTokens, maxWindows).windows();
    }

    /** Like {@link #windows}, with the number of tokens that are in no figure. */
    public static Cut cut(List<Path> files, TextEncoder encoder, int vocabularySize, int windowTokens, int maxWindows) {
        GuardText text = new GuardText(encoder, vocabularySize, windowTokens, maxWindows);
        for (Path file : files) {
            int before = text.windows.size();
            if (text.full()) {
                break;
            }
            text.read(file);
            if (text.windows.size() == before) {
                throw new InputException(file + ":1: this file holds no text of two tokens or more to measure.");
            }
        }
        return new Cut(text.windows, text.unscored);
    }

    private boolean full() {
        return windows.size() >= maxWindows;
    }

    private void read(Path file) {
        switch (DataFiles.kind(file)) {
            case "txt" -> readPlain(file);
            case "json", "jsonl", "ndjson", "csv", "tsv", "parquet" ->
                ObjectFile.of(file).each((line, row, fields) -> take(file, line, fields));
            default ->
                throw new InputException(file
                        + " is of no kind that guard text is read from; give .txt, .jsonl, .json, .csv or .tsv, each"
                        + " also .gz or .zst, or .parquet.");
        }
    }

    private void readPlain(Path file) {
        try (Utf8Text text = new Utf8Text(file.toString(), DataFiles.open(file))) {
            char[] block = new char[BLOCK];
            int held = 0;
            for (int count = text.read(block, held, BLOCK - held);
                    !full();
                    count = text.read(block, held, BLOCK - held)) {
                int length = held + Math.max(count, 0);
                int cut = count < 0 ? length : lastBreak(block, length);
                add(new String(block, 0, cut));
                if (count < 0) {
                    break;
                }
                System.arraycopy(block, cut, block, 0, length - cut);
                held = length - cut;
            }
        } catch (IOException e) {
            throw new InputException(file + " cannot be read: " + FileFailure.reason(e) + ".", e);
        }
        endText();
    }

    /** Where a full block can be cut: after its last line break, or before its last space; a short one waits. */
    private static int lastBreak(char[] block, int length) {
        if (length < BLOCK) {
            return 0;
        }
        for (int i = length; i > 0; i--) {
            if (block[i - 1] == '\n') {
                return i;
            }
        }
        for (int i = length - 1; i > 0; i--) {
            if (block[i] == ' ') {
                return i;
            }
        }
        return Character.isHighSurrogate(block[length - 1]) ? length - 1 : length;
    }

    private void take(Path file, int line, Map<String, @Nullable Object> fields) {
        if (!(fields.get("text") instanceof String text)) {
            throw new InputException(file + ":" + line + ": \"text\" is missing; a row of guard text needs it.");
        }
        if (!full()) {
            add(text);
            endText();
        }
    }

    private void add(String text) {
        if (!text.isEmpty()) {
            int[] ids = encoder.tokenizer().encode(text, false);
            int held = pending.length;
            pending = Arrays.copyOf(pending, held + ids.length);
            System.arraycopy(ids, 0, pending, held, ids.length);
        }
        int room = windowTokens - leading.length;
        int from = 0;
        while (pending.length - from >= room && !full()) {
            window(Arrays.copyOfRange(pending, from, from + room));
            from += room;
        }
        pending = Arrays.copyOfRange(pending, from, pending.length);
    }

    private void endText() {
        if (pending.length >= 2 && !full()) {
            window(pending);
        } else if (!full()) {
            unscored += pending.length;
        }
        pending = new int[0];
    }

    private void window(int[] text) {
        int[] ids = Arrays.copyOf(leading, leading.length + text.length);
        System.arraycopy(text, 0, ids, leading.length, text.length);
        for (int id : ids) {
            if (id >= vocabularySize) {
                throw new InputException("The tokenizer makes the token " + id + " but the model's vocabulary has "
                        + vocabularySize + " tokens; the tokenizer belongs to another model.");
            }
        }
        boolean[] trained = new boolean[ids.length];
        Arrays.fill(trained, leading.length, ids.length, true);
        TextTokens window = new TextTokens(windows.size(), ids, trained);
        unscored += text.length - window.trainedTokens();
        windows.add(window);
    }
}
