package org.align4j.core.compare.judge;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.align4j.core.compare.Ruling;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.judge.JudgeSource.JudgeSetting;
import org.align4j.core.compare.judge.VoteForms.Vote;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
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
     * Repeats verdicts that a file holds. Several verdicts on a match, such as the votes of several people, count as their mean. It has
     * no order of its own: what was shown first isn't recorded.
     */
    private static final class RecordedJudge implements Judge {
        private final String name;
        private final Map<Place, List<@Nullable Double>> votes = new HashMap<>();
        private final Set<String> systems = new TreeSet<>();

        private RecordedJudge(String name) {
            this.name = name;
        }

        /** Where a verdict belongs: a prompt by its words or number, perhaps a sample, and two systems in order. */
        private record Place(Object prompt, @Nullable Integer sample, String a, String b) {}

        /**
         * Reads a file of verdicts; .jsonl or .json, perhaps .gz.
         *
         * @throws InputException naming file and line, where a line is no verdict
         */
        static RecordedJudge read(Path file) {
            RecordedJudge judge = new RecordedJudge("recorded:" + file);
            ObjectFile.of(file)
                    .each((line, row, fields) ->
                            judge.add(VoteForms.read(new Origin(file.toString(), line, row), fields)));
            return judge;
        }

        private void add(Vote vote) {
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

        /** The votes on this very sample, else those on any; by the prompt's words, else by its number. */
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
            return List.of();
        }
    }
}
