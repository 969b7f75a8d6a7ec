package org.align4j.core.template;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.template.Template.Rendered;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Renders what Python's jinja2, set up as transformers does, rendered; the clock is frozen by ALIGN4J_NOW. */
@Tag("reference")
class TemplateReferenceTest {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);

    private final Map<Path, Map<String, JsonNode>> sources = new HashMap<>();

    @TestFactory
    Stream<DynamicTest> templates() {
        return ReferenceFolder.of("templates")
                .leaving("about", "rare", "scenarios", "templates", "cases")
                .files(
                        name -> name.equals("expected.json") || name.equals("micro.json"),
                        TemplateReferenceTest::cases,
                        this::check);
    }

    private static List<ReferenceCase> cases(ReferenceCase file) {
        if (file.content().has("templates")) {
            return file.each("templates");
        }
        List<ReferenceCase> cases = new ArrayList<>();
        for (JsonNode micro :
                file.content().isArray() ? file.content() : file.content().path("cases")) {
            cases.add(new ReferenceCase(
                    file.name() + "/" + micro.path("name").asText(), file.path(), file.root(), micro));
        }
        return cases;
    }

    private void check(ReferenceCase reference, Comparisons comparisons) throws IOException {
        JsonNode content = reference.content();
        if (content.has("template")) {
            compare("output", content.get("template").asText(), map(content.path("context")), content, comparisons);
            return;
        }
        JsonNode template = sources.computeIfAbsent(reference.path().resolveSibling("templates.json"), this::read)
                .get(content.get("name").asText());
        for (String token : List.of("bos_token", "eos_token")) {
            comparisons.same(
                    token, template.path(token).asText(), content.path(token).asText());
        }
        for (JsonNode render : content.get("renders")) {
            Map<String, Object> context = new LinkedHashMap<>();
            context.put("tools", null);
            context.put("documents", null);
            for (String token : List.of("bos_token", "eos_token")) {
                if (!template.path(token).isNull()) {
                    context.put(token, template.path(token).asText());
                }
            }
            String scenario = render.get("scenario").asText();
            context.putAll(map(reference.root().path("scenarios").path(scenario)));
            compare(scenario, template.get("template").asText(), context, render, comparisons);
        }
    }

    private static void compare(
            String place, String source, Map<String, Object> context, JsonNode expected, Comparisons comparisons) {
        Rendered rendered;
        try {
            Template template = Template.parse(source);
            rendered = template.render(context);
            comparisons.same(place + " steps beyond the ordinary", 0L, template.extraSteps());
        } catch (TemplateException e) {
            String wanted = expected.path("error").asText("");
            boolean own = wanted.startsWith("TemplateError: ");
            String failed = e.kind() + ": " + e.reason();
            comparisons.same(
                    place, own ? wanted : !wanted.isEmpty(), own ? failed : !wanted.isEmpty() || failed.isEmpty());
            if (wanted.isEmpty()) {
                comparisons.same(place, expected.path("output").asText(), failed);
            }
            return;
        }
        comparisons.same(place, expected.path("output").asText("an error: " + expected.path("error")), rendered.text());
        List<List<Integer>> spans = new ArrayList<>();
        expected.path("generation")
                .forEach(span ->
                        spans.add(List.of(span.get(0).asInt(), span.get(1).asInt())));
        if (expected.has("generation")) {
            comparisons.same(
                    place + " generation",
                    spans,
                    rendered.generationSpans().stream()
                            .map(span -> List.of(span.start(), span.end()))
                            .toList());
        }
    }

    private Map<String, JsonNode> read(Path file) {
        Map<String, JsonNode> byName = new HashMap<>();
        try {
            JsonNode root = JSON.readTree(file.toFile());
            (root.isArray() ? root : root.path("templates"))
                    .forEach(template -> byName.put(template.get("name").asText(), template));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return byName;
    }

    private static Map<String, Object> map(JsonNode node) throws IOException {
        return JSON.readValue(JSON.treeAsTokens(node), new TypeReference<LinkedHashMap<String, Object>>() {});
    }
}
