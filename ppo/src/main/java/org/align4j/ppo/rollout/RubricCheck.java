package org.align4j.ppo.rollout;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.generate.Completion;
import org.align4j.core.pattern.UserPattern;
import org.align4j.core.task.TaskSettings.ExactAnswer;
import org.align4j.ppo.rollout.RubricReward.Fields;
import org.jspecify.annotations.Nullable;

/**
 * One check of a rubric: what it asks of a response, and what passing counts.
 *
 * @param name in the run's metrics
 * @param weight above 0
 */
record RubricCheck(String name, double weight, Test test) {
    private static final Set<String> COMMON = Set.of("kind", "name", "weight");
    private static final Map<String, Set<String>> KINDS = Map.of(
            "regex", Set.of("pattern", "absent"),
            "json-schema", Set.of("schema"),
            "exact", Set.of("answer", "field", "pattern"),
            "numeric", Set.of("answer", "field", "pattern", "tolerance", "relative-tolerance"),
            "length", Set.of("min", "max", "unit"));

    static RubricCheck of(Fields fields) {
        String kind = fields.text("kind", "");
        Set<String> own = KINDS.get(kind);
        if (own == null) {
            throw new InputException(format(
                    "%s has the kind %s, but kinds are exact, json-schema, length, numeric and regex%s",
                    fields.place(),
                    kind.isEmpty() ? "of none" : Shortened.of(kind),
                    Nearest.hint(kind, KINDS.keySet())));
        }
        Set<String> known = new TreeSet<>(own);
        known.addAll(COMMON);
        fields.requireKnown(known);
        String name = fields.text("name", kind);
        if (!name.matches("[\\w.-]{1,64}")) {
            throw new InputException(format(
                    "%s is named %s, but a name has 1 to 64 letters, digits, -, _ and dots.",
                    fields.place(), Shortened.of(name)));
        }
        double weight = fields.number("weight").orElse(1);
        if (!(weight > 0)) {
            throw new InputException(format("%s has the weight %s, which must be above 0.", fields.place(), weight));
        }
        return new RubricCheck(name, weight, test(kind, fields));
    }

    private static Test test(String kind, Fields fields) {
        return switch (kind) {
            case "regex" -> regex(fields);
            case "json-schema" -> new Schema(JsonSchema.of(fields.place() + ".schema", fields.require("schema")));
            case "exact" -> new Exact(Expected.of(fields), rule(fields));
            case "numeric" -> Numeric.of(fields);
            default -> Length.of(fields);
        };
    }

    private static Test regex(Fields fields) {
        UserPattern pattern = UserPattern.acrossLines(fields.place(), fields.text("pattern", null));
        boolean absent = fields.flag("absent");
        return (response, text) -> pattern.isIn(text) != absent;
    }

    private static ExactAnswer rule(Fields fields) {
        return fields.of("pattern") == null
                ? ExactAnswer.WHOLE
                : ExactAnswer.found(fields.place(), fields.text("pattern", null));
    }

    /** What a check asks of a response. */
    interface Test {
        boolean passes(Completion response, String text);

        /** Refuses a prompt whose row lacks what the test compares with. */
        default void requireRow(PromptTokens prompt) {}
    }

    /** One JSON document, as the schema has it, and nothing else. */
    private record Schema(JsonSchema schema) implements Test {
        private static final JsonMapper JSON = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();

        @Override
        public boolean passes(Completion response, String text) {
            try {
                JsonNode document = JSON.readTree(text);
                return !document.isMissingNode() && schema.holds(document);
            } catch (JsonProcessingException none) {
                return false;
            }
        }
    }

    /**
     * What a response is compared with.
     *
     * @param answer the same for all rows; null where a column of the row has it
     */
    private record Expected(String place, @Nullable String answer, String field) {
        static Expected of(Fields fields) {
            JsonNode answer = fields.of("answer");
            if (answer != null && fields.of("field") != null) {
                throw new InputException(fields.place() + " has both answer and field; keep one.");
            }
            return new Expected(
                    fields.place(), answer == null ? null : answer.asText(), fields.text("field", "answer"));
        }

        /** The column {@code answer} is the one that {@code --columns} names so. */
        String of(PromptTokens prompt) {
            if (answer != null) {
                return answer;
            }
            Object value = prompt.fields().get(field);
            String own = field.equals("answer") && prompt.answer() != null ? prompt.answer() : null;
            if (own == null && value == null) {
                throw new InputException(format(
                        "%s compares with the column %s, but row %d has none; add it, or give answer.",
                        place, field, prompt.row()));
            }
            return own == null ? String.valueOf(value) : own;
        }
    }

    private record Exact(Expected expected, ExactAnswer rule) implements Test {
        @Override
        public boolean passes(Completion response, String text) {
            return rule.isRight(text, expected.of(response.prompt()));
        }

        @Override
        public void requireRow(PromptTokens prompt) {
            expected.of(prompt);
        }
    }

    /** The last number of a response, or what the pattern's last match holds, is within a tolerance of the right one. */
    private record Numeric(Expected expected, UserPattern pattern, double absolute, double relative) implements Test {
        private static final String LAST = "([-+]?(?:\\d[\\d,]*(?:\\.\\d+)?|\\.\\d+)(?:[eE][-+]?\\d+)?)";

        static Numeric of(Fields fields) {
            double absolute = fields.number("tolerance").orElse(0);
            double relative = fields.number("relative-tolerance").orElse(0);
            if (!(absolute >= 0 && relative >= 0)) {
                throw new InputException(fields.place() + " has a tolerance below 0; it must be 0 or more.");
            }
            UserPattern pattern = UserPattern.acrossLines(fields.place(), fields.text("pattern", LAST));
            if (pattern.groups() < 1) {
                throw new InputException(
                        fields.place() + " has a pattern without a group; put the number in parentheses.");
            }
            Numeric numeric = new Numeric(Expected.of(fields), pattern, absolute, relative);
            if (numeric.expected.answer != null) {
                numeric.right(numeric.expected.answer);
            }
            return numeric;
        }

        @Override
        public boolean passes(Completion response, String text) {
            OptionalDouble said = number(pattern.lastGroup(text));
            double right = right(expected.of(response.prompt()));
            return said.isPresent()
                    && Math.abs(said.getAsDouble() - right) <= Math.max(absolute, relative * Math.abs(right));
        }

        @Override
        public void requireRow(PromptTokens prompt) {
            right(expected.of(prompt));
        }

        private double right(String answer) {
            return number(answer)
                    .orElseThrow(() -> new InputException(
                            format("%s compares with %s, which is no number.", expected.place, Shortened.of(answer))));
        }

        private static OptionalDouble number(@Nullable String text) {
            try {
                double value = text == null
                        ? Double.NaN
                        : Double.parseDouble(text.strip().replace(",", ""));
                return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
            } catch (NumberFormatException none) {
                return OptionalDouble.empty();
            }
        }
    }

    private record Length(double min, double max, String unit) implements Test {
        private static final Pattern WORD = Pattern.compile("\\S+");
        private static final Set<String> UNITS = Set.of("characters", "words", "tokens");

        static Length of(Fields fields) {
            OptionalDouble min = fields.number("min");
            OptionalDouble max = fields.number("max");
            String unit = fields.text("unit", "words");
            if (!UNITS.contains(unit)) {
                throw new InputException(format(
                        "%s counts %s, but a length is in characters, words or tokens%s",
                        fields.place(), Shortened.of(unit), Nearest.hint(unit, UNITS)));
            }
            if (min.isEmpty() && max.isEmpty()) {
                throw new InputException(fields.place() + " has neither min nor max; give at least one.");
            }
            Length length = new Length(min.orElse(0), max.orElse(Double.MAX_VALUE), unit);
            if (length.min > length.max) {
                throw new InputException(
                        format("%s has min %s above max %s; exchange them.", fields.place(), length.min, length.max));
            }
            return length;
        }

        @Override
        public boolean passes(Completion response, String text) {
            long length = switch (unit) {
                case "characters" -> text.codePoints().count();
                case "tokens" -> response.ids().length;
                default -> words(text);
            };
            return length >= min && length <= max;
        }

        private static long words(String text) {
            Matcher words = WORD.matcher(text);
            long count = 0;
            while (words.find()) {
                count++;
            }
            return count;
        }
    }
}
