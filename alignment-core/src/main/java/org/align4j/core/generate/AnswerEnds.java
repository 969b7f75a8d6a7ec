package org.align4j.core.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Json;
import org.align4j.core.text.Tokenizer;
import org.jspecify.annotations.Nullable;

/** What ends an answer: a model's end-of-sequence tokens, and stop texts where there is a tokenizer. */
public final class AnswerEnds {
    /** Describes the option for stop texts. */
    public static final String STOP_HELP =
            "Texts at which an answer ends, comma separated; they are cut off. White space counts; \\n is a line break, \\t a tab, \\\\ a backslash, \\, a comma.";

    private final int[] ids;
    private final @Nullable Tokenizer tokenizer;

    private AnswerEnds(int[] ids, @Nullable Tokenizer tokenizer) {
        this.ids = ids;
        this.tokenizer = tokenizer;
    }

    /** Returns the ends of answers by a model with a tokenizer. */
    public static AnswerEnds of(Tokenizer tokenizer) {
        return new AnswerEnds(tokenizer.special().stopIds(), tokenizer);
    }

    /** Returns the ends of answers by a model without a tokenizer: answers have no text. */
    public static AnswerEnds ofTokens(int... ids) {
        return new AnswerEnds(ids, null);
    }

    /**
     * Reads the ends of answers from a model directory: as its tokenizer says or, where it has none, by {@code eos_token_id}
     * of generation_config.json or config.json.
     *
     * @param tokenizer opens the model's; asked only where there is one
     */
    public static AnswerEnds load(Path model, Supplier<Tokenizer> tokenizer) {
        if (Files.isRegularFile(model.resolve("tokenizer.json"))) {
            return of(tokenizer.get());
        }
        for (String name : List.of("generation_config.json", "config.json")) {
            Path file = model.resolve(name);
            JsonNode ids =
                    Files.isRegularFile(file) ? Json.require(file).path("eos_token_id") : MissingNode.getInstance();
            if (ids.isInt() || ids.isArray()) {
                return ofTokens(
                        ids.isInt()
                                ? new int[] {ids.intValue()}
                                : ids.valueStream().mapToInt(JsonNode::intValue).toArray());
            }
        }
        return ofTokens();
    }

    /** Whether an answer ends with this token. */
    boolean at(int id) {
        return Arrays.stream(ids).anyMatch(end -> end == id);
    }

    /** Returns how the scores of answers' tokens change. */
    LogitRules rules(Sampling sampling) {
        return LogitRules.of(sampling, tokenizer);
    }

    /** The text of an answer that begins; null where there is no tokenizer. */
    @Nullable
    AnswerText text(List<String> stop) {
        if (tokenizer == null) {
            if (!stop.isEmpty()) {
                throw new InputException("stop is " + String.join(",", stop)
                        + " but the model has no tokenizer to tell text by; drop stop, or add tokenizer.json.");
            }
            return null;
        }
        return new AnswerText(tokenizer, stop);
    }
}
