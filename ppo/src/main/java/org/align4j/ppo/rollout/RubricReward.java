package org.align4j.ppo.rollout;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.jspecify.annotations.Nullable;

/**
 * {@code rubric:FILE}: the weighted share of the checks that a response passes, from 0 to 1. The file is YAML or JSON: {@code checks}, a
 * list of objects, each with a {@code kind} and that kind's fields.
 */
public final class RubricReward implements RewardSource {
    private static final String PREFIX = "rubric:";
    private static final ObjectReader FILE = new YAMLMapper(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .reader();

    @Override
    public String usage() {
        return PREFIX + "FILE";
    }

    @Override
    public boolean takes(String given) {
        return given.startsWith(PREFIX);
    }

    @Override
    public Optional<Path> file(String given) {
        return Optional.of(Path.of(given.substring(PREFIX.length())));
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        return new Rubric(checks(Path.of(given.substring(PREFIX.length()))));
    }

    private static List<RubricCheck> checks(Path file) {
        JsonNode whole;
        try {
            whole = FILE.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new InputException(
                    "rubric " + file + " is neither YAML nor JSON: " + e.getOriginalMessage() + ".", e);
        } catch (IOException e) {
            throw new InputException("rubric " + file + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
        Fields root = new Fields("rubric " + file, whole);
        root.requireKnown(Set.of("checks"));
        JsonNode listed = root.of("checks");
        if (listed == null || !listed.isArray() || listed.isEmpty()) {
            throw new InputException(root.place + " must have \"checks\", a list of at least one check.");
        }
        List<RubricCheck> checks = new ArrayList<>();
        for (JsonNode each : listed) {
            RubricCheck check =
                    RubricCheck.of(new Fields(format("rubric %s: check %d", file, checks.size() + 1), each));
            if (checks.stream().anyMatch(other -> other.name().equals(check.name()))) {
                throw new InputException(format(
                        "rubric %s has two checks named %s; give each a name of its own.",
                        file, Shortened.of(check.name())));
            }
            checks.add(check);
        }
        return List.copyOf(checks);
    }

    /**
     * The fields of an object in the file.
     *
     * @param place as the start of a sentence
     */
    record Fields(String place, JsonNode object) {
        Fields {
            if (!object.isObject()) {
                throw new InputException(place + " must be an object of fields.");
            }
        }

        void requireKnown(Set<String> known) {
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                if (!known.contains(field.getKey())) {
                    throw new InputException(format(
                            "%s has the field %s, which isn't known there; it takes %s%s",
                            place,
                            Shortened.of(field.getKey()),
                            String.join(", ", new TreeSet<>(known)),
                            Nearest.hint(field.getKey(), known)));
                }
            }
        }

        @Nullable
        JsonNode of(String name) {
            JsonNode value = object.path(name);
            return value.isMissingNode() || value.isNull() ? null : value;
        }

        JsonNode require(String name) {
            JsonNode value = of(name);
            if (value == null) {
                throw new InputException(format("%s needs the field %s.", place, name));
            }
            return value;
        }

        /** @param usual where the field isn't there; null: it must be */
        String text(String name, @Nullable String usual) {
            JsonNode value = of(name);
            if (value == null && usual != null) {
                return usual;
            }
            if (!require(name).isTextual()) {
                throw new InputException(
                        format("%s has %s %s, which must be text.", place, name, Shortened.of(require(name))));
            }
            return require(name).asText();
        }

        OptionalDouble number(String name) {
            JsonNode value = of(name);
            if (value == null) {
                return OptionalDouble.empty();
            }
            if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
                throw new InputException(
                        format("%s has %s %s, which must be a number.", place, name, Shortened.of(value)));
            }
            return OptionalDouble.of(value.asDouble());
        }

        boolean flag(String name) {
            JsonNode value = of(name);
            if (value != null && !value.isBoolean()) {
                throw new InputException(
                        format("%s has %s %s, which must be true or false.", place, name, Shortened.of(value)));
            }
            return value != null && value.asBoolean();
        }
    }

    private record Rubric(List<RubricCheck> checks) implements RewardFunction {
        @Override
        public double[] scores(List<Completion> responses) {
            return scored(responses).scores();
        }

        @Override
        public Scored scored(List<Completion> responses) {
            double all = checks.stream().mapToDouble(RubricCheck::weight).sum();
            double[] scores = new double[responses.size()];
            Map<String, double[]> parts = new LinkedHashMap<>();
            for (RubricCheck check : checks) {
                double[] part = responses.stream()
                        .mapToDouble(response -> passed(check, response))
                        .toArray();
                parts.put(check.name(), part);
                for (int i = 0; i < scores.length; i++) {
                    scores[i] += check.weight() * part[i] / all;
                }
            }
            return new Scored(scores, parts);
        }

        private static double passed(RubricCheck check, Completion response) {
            String text = TextReward.text(response);
            return RegexReward.search(() -> check.test().passes(response, text)) ? 1 : 0;
        }

        @Override
        public void requirePrompts(List<PromptTokens> prompts) {
            TextReward.requireTexts(prompts);
            prompts.forEach(prompt -> checks.forEach(check -> check.test().requireRow(prompt)));
        }
    }
}
