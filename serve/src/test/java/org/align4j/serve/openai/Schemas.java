package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** OpenAI's own description of its answers, an oracle that knows nothing of this server; {@code schemas.py} says what it is. */
final class Schemas {
    private static final String PLACE = "https://align4j.test/openai/schemas.json";
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_4, builder -> builder.schemas(Map.of(PLACE, text())));
    private static final Map<String, Schema> KNOWN = new ConcurrentHashMap<>();

    private Schemas() {}

    private static String text() {
        try (InputStream in = Schemas.class.getResourceAsStream("schemas.json")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what a document has against a schema; empty where it is as described. */
    static List<String> problems(String schema, String document) {
        return KNOWN
                .computeIfAbsent(
                        schema, name -> REGISTRY.getSchema(SchemaLocation.of(PLACE + "#/components/schemas/" + name)))
                .validate(document, InputFormat.JSON)
                .stream()
                .map(String::valueOf)
                .toList();
    }

    /** Requires that a document is as a schema describes it. */
    static void require(String schema, String document) {
        assertThat(problems(schema, document)).as(schema + " " + document).isEmpty();
    }
}
