package org.align4j.core.compare.answers;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.align4j.core.compare.answers.SystemAnswers.AnswerForms;
import org.align4j.core.compare.answers.SystemAnswers.GivenAnswer;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.data.row.RowKind;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The answers of several systems to the same prompts, each with those that it is compared with. Prompts are identified by their words, or
 * by their numbers where a file of prompts is there or words differ; answers to one prompt are compared in their order.
 */
public final class MatchedAnswers {
    private final List<SystemAnswers> systems;
    private final List<AskedPrompt> prompts;
    /** By system, then by prompt: its answers. */
    private final List<List<List<GivenAnswer>>> answers;

    private final List<String> notes;

    private MatchedAnswers(
            List<SystemAnswers> systems,
            List<AskedPrompt> prompts,
            List<List<List<GivenAnswer>>> answers,
            List<String> notes) {
        this.systems = systems;
        this.prompts = prompts;
        this.answers = answers;
        this.notes = List.copyOf(notes);
    }

    /**
     * Matches systems' answers.
     *
     * @param systems at least one, each with a name of its own
     * @param book the prompts by their numbers; null where the answers' files say what was asked
     * @throws InputException where no prompt was answered by all
     */
    public static MatchedAnswers of(List<SystemAnswers> systems, @Nullable PromptBook book) {
        requireNames(systems);
        List<String> notes = new ArrayList<>();
        AnswerKeys keys = AnswerKeys.choose(systems, book, notes);
        List<Map<Object, List<GivenAnswer>>> byKey = new ArrayList<>();
        for (SystemAnswers system : systems) {
            Map<Object, List<GivenAnswer>> own = new LinkedHashMap<>();
            for (GivenAnswer answer : system.answers()) {
                own.computeIfAbsent(keys.of(answer), unseen -> new ArrayList<>())
                        .add(answer);
            }
            byKey.add(own);
        }
        List<Object> common = byKey.get(0).keySet().stream()
                .filter(key -> byKey.stream().allMatch(own -> own.containsKey(key)))
                .toList();
        if (common.isEmpty()) {
            throw new InputException(format(
                    "The systems %s answer no prompt in common; give answers to the same prompts.", names(systems)));
        }
        tellMissing(systems, byKey, Set.copyOf(common), notes);
        if (book != null) {
            List<GivenAnswer> asked = common.stream()
                    .map(key -> Objects.requireNonNull(byKey.get(0).get(key)).get(0))
                    .toList();
            noteUnwritten(asked, keys, notes);
        }
        List<AskedPrompt> prompts = new ArrayList<>();
        List<List<List<GivenAnswer>>> answers = new ArrayList<>();
        byKey.forEach(own -> answers.add(new ArrayList<>()));
        for (Object key : common) {
            prompts.add(
                    keys.prompt(Objects.requireNonNull(byKey.get(0).get(key)).get(0)));
            for (int i = 0; i < byKey.size(); i++) {
                answers.get(i).add(Objects.requireNonNull(byKey.get(i).get(key)));
            }
        }
        return new MatchedAnswers(systems, prompts, answers, notes);
    }

    private static void requireNames(List<SystemAnswers> systems) {
        Map<String, SystemAnswers> seen = new TreeMap<>();
        for (SystemAnswers system : systems) {
            SystemAnswers other = seen.put(system.name(), system);
            if (other != null) {
                throw new InputException(format(
                        "Two systems are called %s (%s and %s); name them with names, as many as there are systems.",
                        system.name(), other.source(), system.source()));
            }
        }
    }

    private static String names(List<SystemAnswers> systems) {
        return String.join(", ", systems.stream().map(SystemAnswers::name).toList());
    }

    /** Refuses a file of prompts that holds none of those that were answered, and counts what it lacks. */
    private static void noteUnwritten(List<GivenAnswer> asked, AnswerKeys keys, List<String> notes) {
        int unwritten =
                (int) asked.stream().filter(answer -> !keys.inBook(answer)).count();
        if (unwritten == asked.size()) {
            throw new InputException(format(
                    "prompts holds none of the %,d prompts that were answered; give the file that was answered, or leave prompts"
                            + " out.",
                    asked.size()));
        }
        if (unwritten > 0) {
            notes.add(format("%,d prompts that were answered read otherwise in prompts, or aren't there.", unwritten));
        }
    }

    private static void tellMissing(
            List<SystemAnswers> systems,
            List<Map<Object, List<GivenAnswer>>> byKey,
            Set<Object> common,
            List<String> notes) {
        for (int i = 0; i < systems.size(); i++) {
            String name = systems.get(i).name();
            int dropped = systems.get(i).dropped();
            if (dropped > 0) {
                notes.add(format("%,d prompts were dropped when %s answered; they are not compared.", dropped, name));
            }
            int own = byKey.get(i).size() - common.size();
            if (own > 0) {
                notes.add(format(
                        "%,d prompts that %s answers are not answered by all; they are not compared.", own, name));
            }
        }
    }

    /** Lists the systems in order; the first one is what the others are held against. */
    public List<SystemAnswers> systems() {
        return systems;
    }

    /** Lists the prompts that all systems answered, in the order of the first one's file. */
    public List<AskedPrompt> prompts() {
        return prompts;
    }

    /** Returns what was left out. */
    public List<String> notes() {
        return notes;
    }

    /** Pairs the answers of two systems, prompt by prompt; where one has more answers to a prompt, its last ones are left out. */
    public List<Match> matches(int first, int second) {
        List<Match> matches = new ArrayList<>();
        for (int p = 0; p < prompts.size(); p++) {
            List<GivenAnswer> one = answers.get(first).get(p);
            List<GivenAnswer> other = answers.get(second).get(p);
            for (int sample = 0; sample < Math.min(one.size(), other.size()); sample++) {
                matches.add(new Match(
                        prompts.get(p),
                        sample,
                        systems.get(first).name(),
                        systems.get(second).name(),
                        one.get(sample).text(),
                        other.get(sample).text()));
            }
        }
        return matches;
    }

    /** Lists the texts of one system's answers to a prompt. */
    public List<String> texts(int system, int prompt) {
        return answers.get(system).get(prompt).stream().map(GivenAnswer::text).toList();
    }

    /** Returns the share of a system's answers to the common prompts that came to their end; null where the file doesn't say. */
    public @Nullable Double finished(int system) {
        int told = 0;
        int finished = 0;
        for (List<GivenAnswer> own : answers.get(system)) {
            for (GivenAnswer answer : own) {
                Boolean end = answer.finished();
                told += end == null ? 0 : 1;
                finished += Boolean.TRUE.equals(end) ? 1 : 0;
            }
        }
        return told == 0 ? null : (Double) ((double) finished / told);
    }

    /** The prompts of a file by their numbers, in words and with the tags that their rows have. */
    public static final class PromptBook {
        private final Map<Integer, AskedPrompt> byRow = new HashMap<>();
        private final Map<Integer, String> tags = new HashMap<>();

        private PromptBook() {}

        /** Reads prompts; rows that are broken or hold tokens alone are left out, as those who answer them tell. */
        public static PromptBook read(RowSource source) {
            PromptBook book = new PromptBook();
            source.reader(RowKind.PROMPTS).read(new RowReader.Sink() {
                @Override
                public void object(Origin origin, Map<String, @Nullable Object> fields) {
                    String tag = AnswerForms.tag(fields);
                    if (tag != null) {
                        book.tags.put(origin.row(), tag);
                    }
                }

                @Override
                public void row(Row row) {
                    book.add(row);
                }

                @Override
                public void bad(Origin origin, InputException error) {
                    // align generate's own reading tells of it.
                }
            });
            return book;
        }

        private void add(Row row) {
            int number = row.origin().row();
            String tag = tags.get(number);
            if (row.prompt() instanceof Row.Text text) {
                byRow.put(number, AskedPrompt.ofText(number, text.text(), tag));
            } else if (!(row.prompt() instanceof Row.Tokens)) {
                byRow.put(number, AskedPrompt.ofMessages(number, row.prompt().spokenBy("user"), tag));
            }
        }

        /** Returns the prompt of a number; null where there is none in words. */
        @Nullable
        AskedPrompt find(int row) {
            return byRow.get(row);
        }

        /** Returns all prompts. */
        List<AskedPrompt> prompts() {
            return new ArrayList<>(byRow.values());
        }
    }
}
