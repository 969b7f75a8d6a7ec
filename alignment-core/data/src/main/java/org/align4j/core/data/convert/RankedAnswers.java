package org.align4j.core.data.convert;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * Several answers to one prompt, each with a rank or a rating: a list of objects ({@code "answers": [{"answer", "rank"}]}), or a
 * list of answers next to one of grades ({@code "responses"} and {@code "ratings"}).
 *
 * @param prompt the fields of the prompt and what belongs to it
 * @param answers the answers from the best to the worst; those with equal grades as the row has them
 * @param grades the grade of each, in the same order; more is better
 * @param rated whether the grades are ratings, whose difference says how much better an answer is; else ranks
 * @param unread what else the row has, as {@code model} and {@code answers[].model}
 * @param evidence the fields that say so, as {@code answers[].rank}
 */
record RankedAnswers(
        Map<String, @Nullable Object> prompt,
        List<Object> answers,
        List<Double> grades,
        boolean rated,
        List<String> unread,
        String evidence) {
    private static final List<String> LISTS =
            List.of("answers", "responses", "completions", "candidates", "generations", "outputs");
    private static final List<String> TEXTS = List.of(
            "answer", "response", "completion", "text", "content", "output", "generation", "messages", "message");
    private static final List<String> PROMPTS =
            List.of("prompt", "instruction", "question", "query", "context", "messages", "conversations");
    private static final List<String> BESIDE = List.of("system", "system_prompt", "tools", "history", "input");
    private static final List<String> RANKS = List.of("rank", "ranks", "ranking", "rankings");
    private static final List<String> RATINGS =
            List.of("rating", "ratings", "score", "scores", "overall_score", "fine-grained_score", "votes", "pm_score");

    /** The key of a pair that says how far its grades are apart; it is not written. */
    static final String DIFFERENCE = "difference";

    /**
     * Reads the graded answers of a row; null where it has none.
     *
     * @throws InputException where it has some that are not graded throughout, with file and line
     */
    static @Nullable RankedAnswers of(Origin origin, Map<String, ? extends @Nullable Object> row) {
        if (row.get("chosen") != null || row.get("rejected") != null) {
            return null;
        }
        for (String name : LISTS) {
            if (row.get(name) instanceof List<?> list && list.size() > 1) {
                String grade = list.get(0) instanceof Map<?, ?> item && textOf(item) != null
                        ? gradeName(origin, name, item.keySet())
                        : null;
                if (grade != null) {
                    return inItems(origin, row, name, list, grade);
                }
                String beside = gradeName(origin, name, gradeLists(row, list.size()));
                if (beside != null) {
                    return besideItems(origin, row, name, list, beside);
                }
            }
        }
        return null;
    }

    /** Returns the pairs that a choice makes, as rows of this project's layout: of equal grades a tie. */
    List<Map<String, @Nullable Object>> rows(Pairing choice) {
        return choice.places(answers.size()).stream().map(this::row).toList();
    }

    private Map<String, @Nullable Object> row(Pairing.Places places) {
        double difference = grades.get(places.better()) - grades.get(places.worse());
        Map<String, @Nullable Object> row = new LinkedHashMap<>(prompt);
        row.put("chosen", answers.get(places.better()));
        row.put("rejected", answers.get(places.worse()));
        if (difference == 0) {
            row.put("tie", true);
        } else {
            row.put(DIFFERENCE, difference);
        }
        if (rated && difference != 0) {
            row.put("margin", difference);
        }
        return row;
    }

    private static RankedAnswers inItems(
            Origin origin, Map<String, ? extends @Nullable Object> row, String name, List<?> list, String grade) {
        List<Object> answers = new ArrayList<>();
        List<Double> grades = new ArrayList<>();
        for (Object item : list) {
            Object text = item instanceof Map<?, ?> map ? textOf(map) : null;
            if (text == null) {
                throw origin.error("\"" + name + "\" has item " + answers.size()
                        + " without an answer; each needs one (" + String.join(", ", TEXTS) + ").");
            }
            answers.add(text);
            grades.add(number(origin, name + "[" + grades.size() + "]." + grade, ((Map<?, ?>) item).get(grade)));
        }
        return sorted(origin, row, answers, grades, new Names(name, grade, name + "[]." + grade));
    }

    private static RankedAnswers besideItems(
            Origin origin, Map<String, ? extends @Nullable Object> row, String name, List<?> list, String grade) {
        List<Object> answers = new ArrayList<>();
        List<Double> grades = new ArrayList<>();
        for (Object item : list) {
            Object answer = item instanceof Map<?, ?> map ? textOf(map) : item;
            if (!(answer instanceof String) && !(answer instanceof List<?>)) {
                throw origin.error("\"" + name + "\" has item " + answers.size()
                        + " that is no answer; each must be text or messages.");
            }
            answers.add(answer);
            Object value = ((List<?>) Objects.requireNonNull(row.get(grade))).get(grades.size());
            grades.add(number(origin, grade + "[" + grades.size() + "]", value));
        }
        return sorted(origin, row, answers, grades, new Names(name, grade, name + " and " + grade));
    }

    private static RankedAnswers sorted(
            Origin origin,
            Map<String, ? extends @Nullable Object> row,
            List<Object> answers,
            List<Double> given,
            Names names) {
        boolean rated = !RANKS.contains(names.grade);
        List<Double> grades = given.stream()
                .map(value -> rated ? value : Double.valueOf(-value))
                .toList();
        List<Integer> order = IntStream.range(0, grades.size())
                .boxed()
                .sorted(Comparator.comparing(grades::get, Comparator.reverseOrder()))
                .toList();
        return new RankedAnswers(
                prompt(origin, row),
                order.stream().map(answers::get).toList(),
                order.stream().map(grades::get).toList(),
                rated,
                unread(row, names),
                names.evidence);
    }

    /** The fields that hold answers and grades. */
    private record Names(String answers, String grade, String evidence) {}

    private static List<String> unread(Map<String, ? extends @Nullable Object> row, Names names) {
        List<String> unread = new ArrayList<>();
        for (String key : row.keySet()) {
            boolean read = key.equals(names.answers) || key.equals(names.grade) || BESIDE.contains(key);
            if (!read && !key.equals(promptName(row))) {
                unread.add(key);
            }
        }
        if (row.get(names.answers) instanceof List<?> list && list.get(0) instanceof Map<?, ?> item) {
            Object text = textOf(item);
            item.forEach((key, value) -> {
                if (value != text
                        && !names.grade.equals(key)
                        && !item.containsKey("role")
                        && !item.containsKey("from")) {
                    unread.add(names.answers + "[]." + key);
                }
            });
        }
        return unread;
    }

    private static @Nullable String promptName(Map<String, ? extends @Nullable Object> row) {
        return PROMPTS.stream().filter(key -> row.get(key) != null).findFirst().orElse(null);
    }

    private static Map<String, @Nullable Object> prompt(Origin origin, Map<String, ? extends @Nullable Object> row) {
        Map<String, @Nullable Object> prompt = new LinkedHashMap<>();
        String name = promptName(row);
        if (name == null) {
            throw origin.error("this row has several answers but no prompt (" + String.join(", ", PROMPTS)
                    + "); make one with map, such as prompt={KEY}.");
        }
        prompt.put(name.equals("messages") || name.equals("conversations") ? name : "prompt", row.get(name));
        BESIDE.stream().filter(row::containsKey).forEach(key -> prompt.put(key, row.get(key)));
        return prompt;
    }

    private static @Nullable Object textOf(Map<?, ?> item) {
        if (item.get("role") instanceof String || item.get("from") instanceof String) {
            return List.of(item);
        }
        return TEXTS.stream()
                .map(item::get)
                .filter(value -> value instanceof String || value instanceof List<?> || value instanceof Map<?, ?>)
                .findFirst()
                .orElse(null);
    }

    private static List<String> gradeLists(Map<String, ? extends @Nullable Object> row, int answers) {
        return row.keySet().stream()
                .filter(key -> row.get(key) instanceof List<?> list && list.size() == answers)
                .map(String::valueOf)
                .toList();
    }

    /** Returns the one grade among some keys; null where there is none. */
    private static @Nullable String gradeName(Origin origin, String answers, Iterable<?> keys) {
        List<String> grades = new ArrayList<>();
        for (Object key : keys) {
            if (RANKS.contains(String.valueOf(key)) || RATINGS.contains(String.valueOf(key))) {
                grades.add(String.valueOf(key));
            }
        }
        if (grades.size() > 1) {
            throw origin.error("the answers have " + String.join(" and ", grades)
                    + ", which may grade them differently; say which, such as --map 'answers={" + answers
                    + ".*.response}' --map 'ratings={" + answers + ".*." + grades.get(0) + "}'.");
        }
        return grades.isEmpty() ? null : grades.get(0);
    }

    private static double number(Origin origin, String place, @Nullable Object value) {
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        if (value instanceof String text && text.strip().matches("[-+]?\\d{1,15}(\\.\\d{1,15})?")) {
            return Double.parseDouble(text.strip());
        }
        throw origin.error("\"" + place + "\" is " + Shortened.of(value)
                + " but must be a number; bad-rows drop leaves such" + " rows out.");
    }
}
