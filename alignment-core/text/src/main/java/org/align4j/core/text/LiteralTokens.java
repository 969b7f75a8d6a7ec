package org.align4j.core.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.text.ControlTokenSearch.Stretch;

/**
 * Encodes control tokens as ordinary text where they are said to be, as {@code split_special_tokens=True} does. Its control
 * tokens go by names of their own, characters of a private plane that no text has; where a text's control tokens are meant as
 * such, these names are put in.
 */
final class LiteralTokens implements AutoCloseable {
    private static final int PRIVATE_PLANE = 0xF0000;

    private final HuggingFaceTokenizer library;
    private final ControlTokenSearch search;
    private final Map<String, String> names = new HashMap<>();
    private final Map<Long, Long> ids = new HashMap<>();

    private LiteralTokens(Path file, JsonNode root, ControlTokenSearch search) throws IOException {
        this.search = search;
        List<String> normalized = new ArrayList<>();
        for (JsonNode token : root.path("added_tokens")) {
            String content = token.path("content").asText();
            if (token.path("special").asBoolean() && !content.isBlank()) {
                String name = Character.toString(PRIVATE_PLANE + names.size())
                        .repeat(content.codePointCount(0, content.length()));
                names.put(content, name);
                ((ObjectNode) token).put("content", name);
                if (token.path("normalized").asBoolean()) {
                    normalized.add(name);
                }
            }
        }
        VanishingTokens.refuse(file, root.path("normalizer"), normalized);
        ((ObjectNode) root).putNull("post_processor");
        byte[] json = ModelJson.MAPPER.writeValueAsBytes(root);
        this.library = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(json),
                Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
        for (JsonNode token : root.path("added_tokens")) {
            long[] own =
                    library.encode(token.path("content").asText(), false, false).getIds();
            if (own.length == 1) {
                ids.put(own[0], token.path("id").longValue());
            }
        }
    }

    /** Reads a tokenizer.json once more. */
    static LiteralTokens read(Path tokenizerJson, ControlTokenSearch search) {
        try {
            return new LiteralTokens(
                    tokenizerJson, ModelJson.MAPPER.readTree(Files.readAllBytes(tokenizerJson)), search);
        } catch (IOException e) {
            throw new InputException(tokenizerJson + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
    }

    /**
     * The library's tokens of a text; {@link #id} gives their ids.
     *
     * @param literal the control tokens that are ordinary text; all others are control tokens
     */
    Encoding encode(String text, List<Stretch> literal) {
        Set<Stretch> ordinary = new HashSet<>(literal);
        StringBuilder named = new StringBuilder(text.length());
        int at = 0;
        for (Stretch each : search.all(text)) {
            if (!ordinary.contains(each)) {
                named.append(text, at, each.start()).append(names.get(text.substring(each.start(), each.end())));
                at = each.end();
            }
        }
        return library.encode(named.append(text, at, text.length()).toString(), false, false);
    }

    /** The tokens of a text in which no control token is one. */
    Encoding encode(String text) {
        return library.encode(text, false, false);
    }

    /** A token's id in tokenizer.json. */
    long id(long own) {
        return ids.getOrDefault(own, own);
    }

    @Override
    public void close() {
        library.close();
    }
}
