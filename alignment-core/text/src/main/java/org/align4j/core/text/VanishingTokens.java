package org.align4j.core.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import org.align4j.core.error.InputException;

/**
 * Finds added tokens of which the normalizer leaves nothing. The library would look for the empty text in their place, find it
 * within characters, too, and end the process. It is asked itself, by a tokenizer of that normalizer and without added tokens.
 */
final class VanishingTokens {
    private VanishingTokens() {}

    /**
     * Looks at tokens that are normalized before they are looked for.
     *
     * @param file tokenizer.json, for messages
     * @param normalizer its normalizer, which {@link org.align4j.core.text.LibraryGuard} has let pass
     * @param tokens the tokens' texts
     * @throws InputException where one becomes the empty text
     */
    static void refuse(Path file, JsonNode normalizer, Collection<String> tokens) throws IOException {
        if (!normalizer.isObject() || tokens.isEmpty()) {
            return;
        }
        try (HuggingFaceTokenizer library = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(ModelJson.MAPPER.writeValueAsBytes(tokenizer(normalizer))),
                Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"))) {
            for (String token : tokens) {
                if (!token.isEmpty() && library.encode(token, false, false).getIds().length == 0) {
                    throw new InputException(
                            file + " would end the program in the library that reads it: its normalizer"
                                    + " leaves nothing of the added token \"" + token
                                    + "\". Get the file again, or choose another model.");
                }
            }
        }
    }

    /** A tokenizer to which each text is one unknown word, as long as there is a text. */
    private static ObjectNode tokenizer(JsonNode normalizer) {
        ObjectNode root = ModelJson.MAPPER.createObjectNode().put("version", "1.0");
        root.putArray("added_tokens");
        root.set("normalizer", normalizer);
        root.putObject("model")
                .put("type", "WordLevel")
                .put("unk_token", "u")
                .putObject("vocab")
                .put("u", 0);
        return root;
    }
}
