package org.align4j.core.compare.judge;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.align4j.core.compare.JudgeVerdict.Ruling;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.answers.PairVote;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/** {@code recorded:FILE}: verdicts that were given elsewhere. */
public final class RecordedJudgeSource implements JudgeSource {
    @Override
    public String usage() {
        return "recorded:FILE";
    }

    @Override
    public void require(String named, JudgeOptions options) {
        file(named);
    }

    @Override
    public Judge open(String named, JudgeSetting setting) {
        return RecordedJudge.read(file(named));
    }

    private static Path file(String named) {
        return DataFiles.resolve("judge", List.of(named)).get(0);
    }

    /**
     * Repeats verdicts that a file holds, of systems by their names, and of answers by their words ({@link PairVote}). Several verdicts on a match, such as the votes of several people, count as their mean. It has
     * no order of its own: what was shown first isn't recorded.
     */
    private static final class RecordedJudge implements Judge {
        private final String name;
        private final Map<Place, List<@Nullable Double>> votes = new HashMap<>();
        private final Map<Words, List<@Nullable Double>> votesOnWords = new HashMap<>();
        private final Set<String> systems = new TreeSet<>();

        private RecordedJudge(String name) {
            this.name = name;
        }

        /** Where a verdict belongs: a prompt by its words or number, perhaps a sample, and two systems in order. */
        private record Place(Object prompt, @Nullable Integer sample, String a, String b) {}

        /** The prompt and the answers that a vote holds in words. */
        private record Words(String prompt, String first, String second) {}

        /**
         * Reads a file of verdicts; .jsonl or .json, perhaps .gz.
         *
         * @throws InputException naming file and line, where a line is no verdict
         */
        static RecordedJudge read(Path file) {
            RecordedJudge judge = new RecordedJudge("recorded:" + file);
            ObjectFile.of(file).each((line, row, fields) -> {
                Origin origin = new Origin(file.toString(), line, row);
                if (PairVote.isOne(fields) && !fields.containsKey("a")) {
                    judge.add(PairVote.of(origin, fields));
                } else {
                    judge.add(VoteForms.read(origin, fields));
                }
            });
            return judge;
        }

        /** Adds a person's vote; one that repeats an earlier one of the same person counts no second time. */
        private void add(PairVote vote) {
            String prompt = vote.prompt().text().strip();
            systems.add("answers in words, as align judge keeps them");
            if (!vote.repeated()) {
                votesOnWords
                        .computeIfAbsent(new Words(prompt, vote.first(), vote.second()), unseen -> new ArrayList<>())
                        .add(vote.forSecond());
                votesOnWords
                        .computeIfAbsent(new Words(prompt, vote.second(), vote.first()), unseen -> new ArrayList<>())
                        .add(1 - vote.forSecond());
            }
        }

        private void add(VoteForms.Vote vote) {
            String words = vote.prompt();
            Object prompt = words == null ? vote.row() : words.strip();
            Double forB = vote.forB();
            systems.add(vote.a());
            systems.add(vote.b());
            votes(new Place(prompt == null ? "" : prompt, vote.sample(), vote.a(), vote.b()))
                    .add(forB);
            if (!vote.a().equals(vote.b())) {
                votes(new Place(prompt == null ? "" : prompt, vote.sample(), vote.b(), vote.a()))
                        .add(forB == null ? null : 1 - forB);
            }
        }

        private List<@Nullable Double> votes(Place place) {
            return votes.computeIfAbsent(place, unseen -> new ArrayList<>());
        }

        @Override
        public boolean rulesOnEqualAnswers() {
            return true;
        }

        @Override
        public List<Ruling> rule(List<Match> matches, IntConsumer progress) {
            List<Ruling> rulings = matches.stream().map(this::rule).toList();
            progress.accept(rulings.size());
            if (!matches.isEmpty()
                    && matches.stream().allMatch(match -> found(match).isEmpty())) {
                throw new InputException(format(
                        "judge is %s, which holds no verdict on any of these answers; it has verdicts on %s, the systems here are %s."
                                + " Names and prompts must be equal; --names names the systems.",
                        name,
                        String.join(", ", systems),
                        String.join(
                                ", ",
                                matches.stream()
                                        .flatMap(match -> List.of(match.first(), match.second()).stream())
                                        .distinct()
                                        .toList())));
            }
            return rulings;
        }

        private Ruling rule(Match match) {
            List<@Nullable Double> found = found(match);
            if (found.isEmpty()) {
                return Ruling.unusable("not recorded");
            }
            List<Double> usable = new ArrayList<>();
            for (Double vote : found) {
                if (vote != null) {
                    usable.add(vote);
                }
            }
            return usable.isEmpty()
                    ? Ruling.unusable("recorded without a preference")
                    : Ruling.of(usable.stream()
                            .mapToDouble(Double::doubleValue)
                            .average()
                            .orElseThrow());
        }

        /** The votes on this very sample, else those on any; by the prompt's words, else by its number; else those on the answers' words. */
        private List<@Nullable Double> found(Match match) {
            List<Object> prompts =
                    List.of(match.prompt().text().strip(), match.prompt().row());
            for (Object prompt : prompts) {
                for (Integer sample : new Integer[] {match.sample(), null}) {
                    List<@Nullable Double> found = votes.get(new Place(prompt, sample, match.first(), match.second()));
                    if (found != null) {
                        return found;
                    }
                }
            }
            return votesOnWords.getOrDefault(
                    new Words(match.prompt().text().strip(), match.firstAnswer(), match.secondAnswer()), List.of());
        }
    }

    /**
     * Reads verdicts off objects in the forms that are known:
     *
     * <ul>
     *   <li>{@code {"prompt" or "row", "a", "b", "winner"}}: a and b are systems (also {@code model_a}, {@code model_b}); the winner is
     *       a system's name, a, b, model_a, model_b or a tie;
     *   <li>{@code {"prompt" or "row", "a", "b", "preference"}}: how far b is preferred, from 0 to 1, or null, as {@code
     *       verdicts.jsonl} has it;
     *   <li>AlpacaEval's annotations {@code {"instruction", "generator_1", "generator_2", "preference"}}: from 1 to 2, null, or 0 for a
     *       tie.
     * </ul>
     */
    private static final class VoteForms {
        private static final List<String> TIES = List.of("tie", "both", "neither", "tie (bothbad)", "bothbad", "draw");

        private VoteForms() {}

        /**
         * A verdict that a file holds.
         *
         * @param prompt the prompt's words; null where the file names the row alone
         * @param row the prompt's number; null where the file has its words
         * @param sample which of the systems' answers to the prompt; null for any
         * @param a the name of one system
         * @param b the name of the other system
         * @param forB how far b is preferred, from 0 to 1; null where the file holds a verdict that says nothing
         */
        record Vote(
                @Nullable String prompt,
                @Nullable Integer row,
                @Nullable Integer sample,
                String a,
                String b,
                @Nullable Double forB) {}

        /**
         * Reads a verdict.
         *
         * @throws org.align4j.core.error.InputException naming the line, where it has none of these forms
         */
        static Vote read(Origin origin, Map<String, @Nullable Object> fields) {
            if (isAnnotation(fields)) {
                return new Vote(
                        text(origin, fields, "instruction"),
                        null,
                        null,
                        text(origin, fields, "generator_1"),
                        text(origin, fields, "generator_2"),
                        annotated(origin, fields.get("preference")));
            }
            String a = name(origin, fields, "a", "model_a");
            String b = name(origin, fields, "b", "model_b");
            String prompt = fields.get("prompt") instanceof String words ? words : null;
            Integer row = whole(fields.get("row"));
            if (prompt == null && row == null) {
                throw origin.error("a verdict needs \"prompt\", the prompt's words, or \"row\", its number from 0.");
            }
            Double forB = fields.containsKey("preference")
                    ? preference(origin, fields.get("preference"))
                    : winner(origin, fields.get("winner"), a, b);
            return new Vote(prompt, row, whole(fields.get("sample")), a, b, forB);
        }

        /** Returns whether an object is one of AlpacaEval's annotations. */
        static boolean isAnnotation(Map<String, @Nullable Object> fields) {
            return fields.containsKey("instruction") && fields.containsKey("generator_1");
        }

        private static @Nullable Double annotated(Origin origin, @Nullable Object given) {
            if (given == null) {
                return null;
            }
            double value = given instanceof Number number ? number.doubleValue() : Double.NaN;
            if (value == 0) {
                return 0.5;
            }
            if (!(value >= 1 && value <= 2)) {
                throw origin.error(format(
                        "\"preference\" is %s; an annotation's is from 1 (output_1) to 2 (output_2), 0 for a tie, or null.",
                        Shortened.of(given)));
            }
            return value - 1;
        }

        private static @Nullable Double preference(Origin origin, @Nullable Object given) {
            if (given == null) {
                return null;
            }
            double value = given instanceof Number number ? number.doubleValue() : Double.NaN;
            if (!(value >= 0 && value <= 1)) {
                throw origin.error(format(
                        "\"preference\" is %s but says how far b is preferred, from 0 to 1, or is null.",
                        Shortened.of(given)));
            }
            return value;
        }

        private static @Nullable Double winner(Origin origin, @Nullable Object given, String a, String b) {
            if (given == null) {
                return null;
            }
            String winner = String.valueOf(given);
            String plain = winner.toLowerCase(Locale.ROOT).strip();
            if (winner.equals(b) || plain.equals("b") || plain.equals("model_b")) {
                return 1.0;
            }
            if (winner.equals(a) || plain.equals("a") || plain.equals("model_a")) {
                return 0.0;
            }
            if (TIES.contains(plain)) {
                return 0.5;
            }
            throw origin.error(format("\"winner\" is %s but must be %s, %s, a, b or tie.", Shortened.of(winner), a, b));
        }

        private static String name(Origin origin, Map<String, @Nullable Object> fields, String key, String other) {
            return fields.get(key) instanceof String name
                    ? name
                    : text(origin, fields, fields.containsKey(other) ? other : key);
        }

        private static String text(Origin origin, Map<String, @Nullable Object> fields, String key) {
            if (fields.get(key) instanceof String text) {
                return text;
            }
            throw origin.error(format(
                    "\"%s\" is no text; a verdict needs prompt or row, a, b and winner (or preference), an annotation of AlpacaEval"
                            + " instruction, generator_1, generator_2 and preference.",
                    key));
        }

        private static @Nullable Integer whole(@Nullable Object value) {
            return value instanceof Number number ? number.intValue() : null;
        }
    }
}
