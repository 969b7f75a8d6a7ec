package org.align4j.serve.grade;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.align4j.core.error.Shortened;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.web.AllowedAddresses;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Reads graders as clients of OpenAI write them, and refuses what can't be graded by here.
 *
 * @param allowed where graders may be sent to
 * @param models says whether the project may ask a model of this name
 */
public record GraderReader(AllowedAddresses allowed, Predicate<String> models) {
    /** The fields of all types of graders; the documentation shows them. */
    public static final Map<String, FieldTable> TABLES = tables();

    /** The code of a refusal about a formula that can't be read. */
    public static final String FORMULA = "formula_parse_error";

    private static final int LONGEST_NAME = 128;
    private static final int LONGEST_ADDRESS = 2048;
    private static final int MOST_GRADERS = 32;
    private static final int MOST_TURNS = 64;
    private static final int MOST_LABELS = 64;
    private static final long MOST_TOKENS = 4096;
    private static final List<String> METRICS =
            Arrays.stream(TextMetric.values()).map(TextMetric::word).toList();
    private static final String COSINE = "cosine";

    private static Map<String, FieldTable> tables() {
        Map<String, FieldTable> tables = new LinkedHashMap<>();
        for (String type :
                List.of("string_check", "text_similarity", "score_model", "label_model", "http", "multi", "python")) {
            tables.put(type, FieldTable.read(GraderReader.class, "grader-fields.tsv", type));
        }
        return tables;
    }

    /**
     * Reads a grader of a job or a call.
     *
     * @throws Refusal 400 about the field that is wrong
     */
    public Grader read(Asked given) {
        if ("label_model".equals(given.text("type", LONGEST_NAME))) {
            throw Asked.refusal(
                    "'" + given.at("type")
                            + "' is 'label_model', which grades inside a 'multi' grader only; put it there, with calculate_output its name.",
                    given.at("type"),
                    "invalid_value");
        }
        return grader(given, false);
    }

    private Grader grader(Asked given, boolean inside) {
        given.requiredText("type", LONGEST_NAME);
        List<String> types = TABLES.keySet().stream()
                .filter(type -> !inside || !type.equals("multi"))
                .toList();
        String type = String.valueOf(given.word("type", types));
        if (type.equals("python")) {
            throw Asked.refusal(
                    "'" + given.at("type")
                            + "' is 'python', but this server runs no code of clients; put grade(sample, item) behind an address and give"
                            + " {\"type\": \"http\", \"name\": …, \"url\": …} (a command of whoever runs the server, exec:, isn't there yet).",
                    given.at("type"),
                    "unsupported_grader");
        }
        Asked fields = requireKnown(given, type);
        String name = fields.requiredText("name", LONGEST_NAME);
        return switch (type) {
            case "string_check" ->
                new Grader.StringCheck(
                        name,
                        template(fields, "input"),
                        template(fields, "reference"),
                        Grader.StringCheck.Operation.valueOf(
                                required(fields, "operation", List.of("eq", "ne", "like", "ilike"))
                                        .toUpperCase(Locale.ROOT)));
            case "text_similarity" ->
                new Grader.TextSimilarity(
                        name, template(fields, "input"), template(fields, "reference"), metric(fields));
            case "score_model" -> scoreModel(name, fields);
            case "label_model" -> labelModel(name, fields);
            case "http" -> new Grader.Http(name, address(fields, "url", fields.requiredText("url", LONGEST_ADDRESS)));
            default -> multi(name, fields);
        };
    }

    private static Asked requireKnown(Asked given, String type) {
        Set<String> known = new LinkedHashSet<>(
                Objects.requireNonNull(TABLES.get(type)).fields().keySet());
        known.removeIf(name -> name.contains("."));
        return given.requireKnown(known);
    }

    private static String required(Asked fields, String field, List<String> words) {
        fields.requiredText(field, LONGEST_NAME);
        return String.valueOf(fields.word(field, words));
    }

    private static TextMetric metric(Asked fields) {
        if (COSINE.equals(fields.text("evaluation_metric", LONGEST_NAME))) {
            throw Asked.refusal(
                    "'" + fields.at("evaluation_metric")
                            + "' is 'cosine', which needs an embedding model, and there is none here; supported values are: "
                            + String.join(", ", METRICS) + ".",
                    fields.at("evaluation_metric"),
                    "unsupported_metric");
        }
        return TextMetric.valueOf(required(fields, "evaluation_metric", METRICS).toUpperCase(Locale.ROOT));
    }

    private static Template template(Asked fields, String field) {
        JsonNode given = fields.node().path(field);
        if (given.isMissingNode() || given.isNull()) {
            throw fields.missing(field);
        }
        if (!given.isTextual()) {
            throw fields.type(field, "a string");
        }
        return template(fields.at(field), given.textValue());
    }

    private static Template template(String at, String written) {
        try {
            return Template.parse(written);
        } catch (Template.Unreadable unreadable) {
            throw Asked.refusal("'" + at + "' " + unreadable.getMessage() + ".", at, "invalid_template");
        }
    }

    private Grader scoreModel(String name, Asked fields) {
        double least = 0;
        double most = 1;
        if (fields.has("range")) {
            JsonNode range = fields.node().get("range");
            if (!range.isArray() || range.size() != 2 || !range.valueStream().allMatch(JsonNode::isNumber)) {
                throw fields.type("range", "an array of two numbers");
            }
            least = range.get(0).doubleValue();
            most = range.get(1).doubleValue();
            if (!(least < most) || Double.isInfinite(most - least)) {
                throw Asked.refusal(
                        "'" + fields.at("range") + "' is " + range + ", but its first number must be below its second.",
                        fields.at("range"),
                        "invalid_value");
            }
        }
        return new Grader.ScoreModel(name, question(fields, fields.object("sampling_params")), least, most);
    }

    private Grader labelModel(String name, Asked fields) {
        List<String> labels = texts(fields, "labels");
        List<String> passing = texts(fields, "passing_labels");
        if (!labels.containsAll(passing)) {
            throw Asked.refusal(
                    "'" + fields.at("passing_labels") + "' must hold labels of '" + fields.at("labels") + "' alone.",
                    fields.at("passing_labels"),
                    "invalid_value");
        }
        return new Grader.LabelModel(name, question(fields, null), labels, passing);
    }

    private static List<String> texts(Asked fields, String field) {
        JsonNode given = fields.node().path(field);
        if (given.isMissingNode() || given.isNull()) {
            throw fields.missing(field);
        }
        boolean texts = given.isArray()
                && !given.isEmpty()
                && given.size() <= MOST_LABELS
                && given.valueStream()
                        .allMatch(each -> each.isTextual() && !each.textValue().isBlank());
        if (!texts) {
            throw fields.type(field, "an array of 1 to " + MOST_LABELS + " strings");
        }
        return given.valueStream().map(JsonNode::textValue).toList();
    }

    private Grader.Question question(Asked fields, @Nullable Asked sampling) {
        String model = fields.requiredText("model", LONGEST_ADDRESS);
        if (model.matches("(?i)https?://.*")) {
            int mark = model.indexOf('#');
            if (mark < 0 || mark == model.length() - 1) {
                throw Asked.refusal(
                        "'" + fields.at("model")
                                + "' is an address without a model; write URL#MODEL, such as https://models.example.org/v1#judge.",
                        fields.at("model"),
                        "invalid_value");
            }
            address(fields, "model", model.substring(0, mark));
        } else if (!models.test(model)) {
            throw Asked.refusal(
                    "The model `" + Shortened.of(model) + "` does not exist or you do not have access to it.",
                    fields.at("model"),
                    "model_not_found");
        }
        return new Grader.Question(model, turns(fields), sampling == null ? Map.of() : sampling(sampling));
    }

    private static List<Grader.Turn> turns(Asked fields) {
        JsonNode given = fields.node().path("input");
        if (given.isMissingNode() || given.isNull()) {
            throw fields.missing("input");
        }
        if (!given.isArray() || given.isEmpty() || given.size() > MOST_TURNS) {
            throw fields.type("input", "an array of 1 to " + MOST_TURNS + " messages");
        }
        List<Grader.Turn> turns = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            String at = fields.at("input") + "[" + i + "]";
            if (!given.get(i).isObject()) {
                throw Asked.refusal("Invalid type for '" + at + "': expected an object.", at, "invalid_type");
            }
            Asked turn = new Asked(at, given.get(i)).requireKnown(List.of("role", "content", "type"));
            turn.word("type", List.of("message"));
            String role = required(turn, "role", List.of("user", "assistant", "system", "developer"));
            turns.add(new Grader.Turn(role, template(turn.at("content"), content(turn))));
        }
        return turns;
    }

    /** Reads a message's content: a text, an object with one, or a list of either. */
    private static String content(Asked turn) {
        JsonNode content = turn.node().path("content");
        if (content.isMissingNode() || content.isNull()) {
            throw turn.missing("content");
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode part : content.isArray() ? content : List.of(content)) {
            if (part.isTextual()) {
                text.append(part.textValue());
            } else if (part.path("type").asText().matches("input_text|output_text")
                    && part.path("text").isTextual()) {
                text.append(part.path("text").textValue());
            } else {
                throw Asked.refusal(
                        "'" + turn.at("content")
                                + "' holds something other than text, but models here read texts alone.",
                        turn.at("content"),
                        "unsupported_content");
            }
        }
        return text.toString();
    }

    private static Map<String, Object> sampling(Asked given) {
        Asked known = given.requireKnown(List.of(
                "seed", "top_p", "temperature", "max_completions_tokens", "max_completion_tokens", "reasoning_effort"));
        if (known.has("reasoning_effort")) {
            throw Asked.refusal(
                    "'" + known.at("reasoning_effort")
                            + "' isn't served here: models that grade don't reason apart from their answer.",
                    known.at("reasoning_effort"),
                    "unsupported_parameter");
        }
        Map<String, Object> sampling = new LinkedHashMap<>();
        Long seed = known.whole("seed", 0, Integer.MAX_VALUE);
        Double topP = known.decimal("top_p", 0, 1);
        Double temperature = known.decimal("temperature", 0, 2);
        Long most = known.whole("max_completions_tokens", 1, MOST_TOKENS);
        most = most == null ? known.whole("max_completion_tokens", 1, MOST_TOKENS) : most;
        putUnlessNull(sampling, "seed", seed);
        putUnlessNull(sampling, "top_p", topP);
        putUnlessNull(sampling, "temperature", temperature);
        putUnlessNull(sampling, "max_completion_tokens", most);
        return sampling;
    }

    private static void putUnlessNull(Map<String, Object> map, String name, @Nullable Object value) {
        if (value != null) {
            map.put(name, value);
        }
    }

    private URI address(Asked fields, String field, String written) {
        try {
            URI address = URI.create(written);
            allowed.requireWritten(address);
            return address;
        } catch (IllegalArgumentException | AllowedAddresses.NotAllowed wrong) {
            String why = wrong instanceof AllowedAddresses.NotAllowed
                    ? String.valueOf(wrong.getMessage())
                    : "it is no address";
            throw Asked.refusal(
                    "'" + fields.at(field) + "' can't be used: " + why + ".", fields.at(field), "address_not_allowed");
        }
    }

    private Grader multi(String name, Asked fields) {
        List<Grader> graders = new ArrayList<>();
        JsonNode given = fields.node().path("graders");
        if (given.isMissingNode() || given.isNull()) {
            throw fields.missing("graders");
        }
        Map<String, JsonNode> each = parts(given);
        if (each.isEmpty()
                || each.size() > MOST_GRADERS
                || !each.values().stream().allMatch(JsonNode::isObject)) {
            throw fields.type("graders", "a grader, or a list or an object of 1 to " + MOST_GRADERS + " graders");
        }
        Set<String> names = new LinkedHashSet<>();
        each.forEach((key, node) -> {
            Grader grader = grader(new Asked(fields.at("graders") + key, node), true);
            if (!names.add(grader.name())) {
                throw Asked.refusal(
                        "'" + fields.at("graders") + "' holds two graders named '" + Shortened.of(grader.name())
                                + "'; the formula must know them apart.",
                        fields.at("graders"),
                        "invalid_value");
            }
            graders.add(grader);
        });
        return new Grader.Multi(name, graders, formula(fields, names));
    }

    /** Returns the graders of one, a list or a map of them, by what stands behind {@code graders} in their paths. */
    private static Map<String, JsonNode> parts(JsonNode given) {
        Map<String, JsonNode> parts = new LinkedHashMap<>();
        if (given.isArray()) {
            for (int i = 0; i < given.size(); i++) {
                parts.put("[" + i + "]", given.get(i));
            }
        } else if (given.path("type").isTextual()) {
            parts.put("", given);
        } else {
            given.properties()
                    .forEach(entry -> parts.put("." + entry.getKey(), named(entry.getKey(), entry.getValue())));
        }
        return parts;
    }

    /** A grader in a map has the name that it has there. */
    private static JsonNode named(String key, JsonNode grader) {
        if (!grader.isObject()) {
            return grader;
        }
        com.fasterxml.jackson.databind.node.ObjectNode named = grader.deepCopy();
        return named.put("name", key);
    }

    private static Formula formula(Asked fields, Set<String> names) {
        String written = fields.requiredText("calculate_output", Integer.MAX_VALUE);
        try {
            return Formula.parse(written, names);
        } catch (Formula.Unreadable unreadable) {
            throw Asked.refusal(
                    "'" + fields.at("calculate_output") + "' " + unreadable.getMessage() + ".",
                    fields.at("calculate_output"),
                    FORMULA);
        }
    }
}
