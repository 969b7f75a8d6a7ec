package org.align4j.desk.judge;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.align4j.core.compare.answers.AskedPrompt;
import org.align4j.core.compare.answers.Match;
import org.align4j.core.compare.answers.MatchedAnswers;
import org.align4j.core.compare.answers.MatchedAnswers.PromptBook;
import org.align4j.core.compare.answers.SystemAnswers;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.align4j.desk.judge.Vote.Winner;
import org.jspecify.annotations.Nullable;

/** Finds the pairs that people are to judge: of systems' answers, of rows, of those rows that the doctor suspects, and of gold rows. */
final class PairSources {
    private final VotingOptions options;
    private final Map<String, Integer> leftOut = new TreeMap<>();
    private final List<String> notes = new ArrayList<>();

    PairSources(VotingOptions options) {
        this.options = options;
    }

    /**
     * Holds what was found.
     *
     * @param pairs to judge, in the order of their files or drawn by the seed
     * @param golds pairs whose better answer is known
     * @param notes sentences of what was left out
     */
    record Found(List<BlindPair> pairs, List<BlindPair> golds, List<String> notes) {}

    /**
     * Reads all files.
     *
     * @throws InputException where no pair is left
     */
    Found read() {
        requireApart("answers", options.asked().answers());
        requireApart("data", options.asked().data());
        requireApart("gold", options.control().gold());
        List<BlindPair> pairs = distinct(options.asked().data().isEmpty() ? ofAnswers() : ofData());
        List<BlindPair> golds = distinct(options.control().gold().isEmpty() ? List.of() : ofGold());
        Set<String> known = new HashSet<>();
        golds.forEach(gold -> known.add(gold.id()));
        List<BlindPair> asked =
                pairs.stream().filter(pair -> !known.contains(pair.id())).toList();
        if (asked.size() < pairs.size()) {
            leftOut.merge("are gold pairs, too", pairs.size() - asked.size(), Integer::sum);
        }
        leftOut.forEach((reason, count) -> notes.add(format("%,d pairs %s and are not asked.", count, reason)));
        if (asked.isEmpty()) {
            throw new InputException("No pair is left to judge: " + String.join(" ", notes)
                    + " Give pairs of different answers in words.");
        }
        return new Found(options.ordering().order() == VotingOptions.Order.RANDOM ? drawn(asked) : asked, golds, notes);
    }

    private void requireApart(String option, List<String> names) {
        Path out = options.asked().out().toAbsolutePath().normalize();
        if (!names.isEmpty()
                && DataFiles.resolve(option, names).stream()
                        .anyMatch(file -> file.toAbsolutePath().normalize().equals(out))) {
            throw new InputException(format(
                    "out is %s, which is among the files of %s; give another file for the votes.",
                    options.asked().out(), option));
        }
    }

    private List<BlindPair> distinct(List<BlindPair> pairs) {
        Map<String, BlindPair> byId = new LinkedHashMap<>();
        for (BlindPair pair : pairs) {
            if (pair.match().same()) {
                leftOut.merge("have two equal answers", 1, Integer::sum);
            } else if (byId.putIfAbsent(pair.id(), pair) != null) {
                leftOut.merge("repeat an earlier one", 1, Integer::sum);
            }
        }
        return List.copyOf(byId.values());
    }

    /** Orders by a hash of seed and pair, so that pairs that are added later move none. */
    private List<BlindPair> drawn(List<BlindPair> pairs) {
        String seed = options.engine().seed() + "\0";
        return pairs.stream()
                .sorted(Comparator.comparing(pair -> Hashing.sha256()
                        .hashString(seed + pair.id(), StandardCharsets.UTF_8)
                        .toString()))
                .toList();
    }

    private List<BlindPair> ofAnswers() {
        List<SystemAnswers> systems = new ArrayList<>();
        List<Path> files = DataFiles.resolve("answers", options.asked().answers());
        for (int i = 0; i < files.size(); i++) {
            List<String> names = options.asked().names();
            systems.add(SystemAnswers.read(files.get(i), names.isEmpty() ? null : names.get(i)));
        }
        PromptBook book = options.asked().prompts().isEmpty()
                ? null
                : PromptBook.read(RowSource.of("prompts", options.asked().prompts(), RowFormat.AUTO, Columns.PLAIN));
        MatchedAnswers matched = MatchedAnswers.of(systems, book);
        notes.addAll(matched.notes());
        List<BlindPair> pairs = new ArrayList<>();
        for (int one = 0; one < (options.asked().allPairs() ? systems.size() : 1); one++) {
            for (int other = one + 1; other < systems.size(); other++) {
                matched.matches(one, other).forEach(match -> pairs.add(BlindPair.of(match, null)));
            }
        }
        return pairs;
    }

    private List<BlindPair> ofData() {
        Path findings = options.examined().findings();
        Suspects suspects = findings == null
                ? null
                : Suspects.read(findings, options.examined().checks());
        List<BlindPair> pairs = rows("data", options.asked().data(), suspects, null);
        if (suspects != null && pairs.isEmpty()) {
            throw new InputException(format(
                    "findings is %s, which names no row of data%s; give the files that the doctor examined, by the names that it was given.",
                    findings,
                    options.examined().checks().isEmpty()
                            ? ""
                            : " by the checks "
                                    + String.join(", ", options.examined().checks())));
        }
        return pairs;
    }

    private List<BlindPair> ofGold() {
        return rows("gold", options.control().gold(), null, Winner.A);
    }

    private List<BlindPair> rows(
            String option, List<String> files, @Nullable Suspects suspects, @Nullable Winner gold) {
        List<BlindPair> pairs = new ArrayList<>();
        RowSource source = RowSource.of(
                        option,
                        files,
                        options.layout().format(),
                        new Columns(options.layout().columns()))
                .with(options.layout().form());
        source.reader(gold == null ? RowKind.COMPARISONS : RowKind.PAIRS).read(new RowReader.Sink() {
            @Override
            public void row(Row row) {
                if (suspects == null || suspects.names(row.origin())) {
                    Match match = match(row);
                    if (match != null) {
                        pairs.add(BlindPair.of(match, gold));
                    }
                }
            }

            @Override
            public void tied(Origin origin) {
                leftOut.merge("of " + option + " say of neither answer that it is better", 1, Integer::sum);
            }

            @Override
            public void bad(Origin origin, InputException error) {
                throw error;
            }
        });
        return pairs;
    }

    /** Makes a match of a row's chosen and rejected answer, a and b; null where people can't read it as two texts. */
    private @Nullable Match match(Row given) {
        Row row = given.spoken();
        if (row.kind() == Row.Kind.APART) {
            leftOut.merge("have transcripts that differ before their last answers", 1, Integer::sum);
            return null;
        }
        String first = words(row.chosen());
        String second = words(row.rejected());
        Row.Content prompt = row.prompt();
        boolean tools = prompt instanceof Row.Conversation conversation && conversation.tools() != null;
        if (first == null || second == null || tools) {
            leftOut.merge(
                    "have token ids, tools or answers of several messages, which can't be shown side by side",
                    1,
                    Integer::sum);
            return null;
        }
        int number = row.origin().row();
        AskedPrompt asked = prompt instanceof Row.Text text
                ? AskedPrompt.ofText(number, text.text(), null)
                : AskedPrompt.ofMessages(number, prompt.spokenBy("user"), null);
        return new Match(asked, 0, "a", "b", first, second);
    }

    private static @Nullable String words(Row.Content answer) {
        if (answer instanceof Row.Text text) {
            return text.text();
        }
        List<Message> messages = answer.spokenBy("assistant");
        return messages.size() == 1 ? messages.get(0).content() : null;
    }

    /** The rows that a doctor's findings name. */
    private record Suspects(Set<Place> places) {
        private record Place(String file, int line) {}

        static Suspects read(Path findings, List<String> checks) {
            Set<Place> places = new HashSet<>();
            ObjectFile.of(findings).each((line, row, fields) -> {
                if (!(fields.get("file") instanceof String file) || !(fields.get("line") instanceof Number at)) {
                    throw new Origin(findings.toString(), line, row)
                            .error("\"file\" or \"line\" is missing; findings is findings.jsonl of align doctor.");
                }
                if (checks.isEmpty() || checks.contains(String.valueOf(fields.get("id")))) {
                    places.add(new Place(file, at.intValue()));
                }
            });
            return new Suspects(places);
        }

        boolean names(Origin origin) {
            return places.contains(new Place(origin.file(), origin.line()));
        }
    }
}
