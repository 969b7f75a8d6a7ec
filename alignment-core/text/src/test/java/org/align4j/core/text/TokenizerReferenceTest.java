package org.align4j.core.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Ids, offsets and decodings of the Python package. A tokenizer.json is looked for by its case's name in the folder that
 * the environment variable ALIGN4J_TOKENIZERS names and among the shared models; cases without one are skipped.
 */
@Tag("reference")
class TokenizerReferenceTest {
    @TestFactory
    Stream<DynamicTest> tokenizers() {
        return ReferenceFolder.of("tokenizers")
                .leaving("engine", "tokenizer_json_sha256", "tokenizer_json_bytes", "vocab_size", "offsets")
                .files(name -> !name.equals("texts.json"), TokenizerReferenceTest::check);
    }

    private static void check(ReferenceCase reference, Comparisons comparisons) {
        String name = reference.content().get("tokenizer").asText();
        Path folder = folder(name);
        Assumptions.assumeTrue(folder != null, "absent: tokenizer.json of " + name);
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            comparisons.same(
                    "vocab_size_with_added",
                    reference.content().get("vocab_size_with_added").asInt(),
                    tokenizer.vocabularySize());
            for (JsonNode each : reference.content().get("cases")) {
                compare(each, tokenizer, comparisons);
            }
        }
    }

    private static void compare(JsonNode expected, Tokenizer tokenizer, Comparisons comparisons) {
        String place = expected.get("name").asText();
        String text = expected.get("text").asText();
        Encoded encoded = tokenizer.encodeWithOffsets(text, false);
        int[] ids = Comparisons.ints(expected.get("ids"));
        comparisons.same(place + " ids", ids, encoded.ids());
        comparisons.same(
                place + " with special",
                Comparisons.ints(expected.get("ids_with_special")),
                tokenizer.encode(text, true));
        comparisons.same(place + " decoded", expected.get("decoded").asText(), tokenizer.decode(ids, false));
        comparisons.same(
                place + " skipping special",
                expected.get("decoded_skip_special").asText(),
                tokenizer.decode(ids, true));
        comparisons.same(
                place + " round trip",
                expected.get("round_trip").asBoolean(),
                tokenizer.decode(ids, false).equals(text));
        int[] prefix = new int[0];
        for (JsonNode decoded : expected.path("prefix_decoded")) {
            prefix = Arrays.copyOf(ids, prefix.length + 1);
            comparisons.same(place + " prefix " + prefix.length, decoded.asText(), tokenizer.decode(prefix, false));
        }
        if (!place.equals("nfd")) {
            for (int t = 0; t < ids.length && t < encoded.ids().length; t++) {
                JsonNode span = expected.get("offsets").get(t);
                comparisons.same(
                        place + " offsets[" + t + "]",
                        List.of(span.get(0).asInt(), span.get(1).asInt()),
                        List.of(encoded.starts()[t], encoded.ends()[t]));
            }
        }
        StreamDecoder stream = tokenizer.stream(false);
        StringBuilder streamed = new StringBuilder();
        for (int id : ids) {
            streamed.append(stream.add(id));
        }
        comparisons.same(
                place + " streamed",
                expected.get("decoded").asText(),
                streamed.append(stream.finish()).toString());
    }

    private static Path folder(String name) {
        String more = System.getenv("ALIGN4J_TOKENIZERS");
        Path models = ReferenceFolder.shared().resolve("models");
        return Stream.of(more == null ? models.resolve(name) : Path.of(more, name), models.resolve(name))
                .filter(folder -> Files.exists(folder.resolve("tokenizer.json")))
                .findFirst()
                .orElse(null);
    }
}
