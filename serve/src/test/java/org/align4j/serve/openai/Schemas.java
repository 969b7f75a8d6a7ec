package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import org.align4j.core.files.Json;

/** OpenAI's own description of its answers, an oracle that knows nothing of this server; {@code schemas.py} says what it is. */
final class Schemas {
    private static final String PLACE = "https://align4j.test/openai/schemas.json";
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_4, builder -> builder.schemas(Map.of(PLACE, text())));
    private static final Map<String, Schema> KNOWN = new ConcurrentHashMap<>();

    private Schemas() {}

    private static String text() {
        try (InputStream in = Schemas.class.getResourceAsStream("schemas.json")) {
            JsonNode all = Json.read(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
            allowNulls(all);
            return all.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes OpenAPI's {@code nullable}, which schemas don't know, as a choice between a value and null. */
    private static void allowNulls(JsonNode node) {
        node.forEach(Schemas::allowNulls);
        if (node instanceof ObjectNode schema && schema.path("nullable").asBoolean()) {
            ObjectNode value = schema.deepCopy();
            value.remove("nullable");
            schema.removeAll();
            schema.putArray("anyOf").add(value).addObject().put("type", "null");
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
