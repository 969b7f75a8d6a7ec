package org.align4j.core.compare.answers;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.compare.answers.SystemAnswers.GivenAnswer;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** The answers of one system, and what it is called. */
public final class SystemAnswers {
    private static final String OWN_PREFIX = "answers-";

    private final String name;
    private final String source;
    private final List<GivenAnswer> answers;
    private final int dropped;

    private SystemAnswers(String name, String source, List<GivenAnswer> answers, int dropped) {
        this.name = name;
        this.source = source;
        this.answers = List.copyOf(answers);
        this.dropped = dropped;
    }

    /**
     * Reads a file of answers: JSON lines or an array, perhaps packed.
     *
     * @param name the system's name; null for the file's own word (generator) or else the file's name
     * @throws InputException naming file and line, where a line has no answer
     */
    public static SystemAnswers read(Path file, @Nullable String name) {
        List<GivenAnswer> answers = new ArrayList<>();
        Set<String> generators = new TreeSet<>();
        int[] dropped = {0};
        ObjectFile.of(file).each((line, row, fields) -> {
            Origin origin = new Origin(file.toString(), line, row);
            if (fields.containsKey("dropped")) {
                dropped[0]++;
                return;
            }
            answers.add(AnswerForms.read(origin, fields));
            if (fields.get("generator") instanceof String generator) {
                generators.add(generator);
            }
        });
        String own = generators.size() == 1 ? generators.iterator().next() : plainName(file);
        return new SystemAnswers(name == null ? own : name, file.toString(), answers, dropped[0]);
    }

    /**
     * Reads both systems' answers off AlpacaEval's annotations, or off votes of {@code align judge}.
     *
     * @return the answers of generator_1, which is what it compares with, and of generator_2; of votes response_a and response_b
     * @throws InputException where the file has others than two systems
     */
    public static List<SystemAnswers> ofAnnotations(Path file) {
        Map<String, List<GivenAnswer>> bySystem = new LinkedHashMap<>();
        Set<PairVote> votes = new HashSet<>();
        ObjectFile.of(file).each((line, row, fields) -> {
            Origin origin = new Origin(file.toString(), line, row);
            if (PairVote.isOne(fields)) {
                addVoted(PairVote.of(origin, fields), votes, bySystem);
                return;
            }
            for (String number : List.of("1", "2")) {
                if (!(fields.get("generator_" + number) instanceof String generator)
                        || !(fields.get("output_" + number) instanceof String output)) {
                    throw origin.error(format(
                            "\"generator_%s\" or \"output_%s\" is no text; give the systems' answers with --answers, or"
                                    + " AlpacaEval's annotations, which hold them.",
                            number, number));
                }
                bySystem.computeIfAbsent(generator, unseen -> new ArrayList<>())
                        .add(new GivenAnswer(AnswerForms.prompt(origin.row(), fields), null, null, output, null));
            }
        });
        if (bySystem.size() != 2) {
            throw new InputException(format(
                    "%s has the answers of %s, but annotations of two systems are required; give the answers with"
                            + " --answers.",
                    file, String.join(", ", bySystem.keySet())));
        }
        return bySystem.entrySet().stream()
                .map(system -> new SystemAnswers(system.getKey(), file.toString(), system.getValue(), 0))
                .toList();
    }

    /** Adds the answers of a vote, unless an earlier vote was on them. */
    private static void addVoted(PairVote vote, Set<PairVote> votes, Map<String, List<GivenAnswer>> bySystem) {
        AskedPrompt prompt = AskedPrompt.ofText(0, vote.prompt().text(), null);
        if (votes.add(new PairVote(prompt, vote.first(), vote.second(), 0, false))) {
            bySystem.computeIfAbsent("response_a", unseen -> new ArrayList<>())
                    .add(new GivenAnswer(vote.prompt(), null, null, vote.first(), null));
            bySystem.computeIfAbsent("response_b", unseen -> new ArrayList<>())
                    .add(new GivenAnswer(vote.prompt(), null, null, vote.second(), null));
        }
    }

    private static String plainName(Path file) {
        String name = file.getFileName().toString().replaceFirst("(?i)\\.(jsonl|json)(\\.gz|\\.zst)?$", "");
        return name.startsWith(OWN_PREFIX) ? name.substring(OWN_PREFIX.length()) : name;
    }

    /** Returns these answers under another name. */
    public SystemAnswers named(String other) {
        return new SystemAnswers(other, source, answers, dropped);
    }

    /** Returns these answers as those of a system that came from elsewhere, such as a model. */
    public SystemAnswers from(String other) {
        return new SystemAnswers(name, other, answers, dropped);
    }

    /** Returns the system's name. */
    public String name() {
        return name;
    }

    /** The file, model or run that the answers came from. */
    public String source() {
        return source;
    }

    /** Returns how many prompts the system was asked and did not answer, as its file says. */
    public int dropped() {
        return dropped;
    }

    List<GivenAnswer> answers() {
        return answers;
    }

    /**
     * One answer of a system, as its file has it.
     *
     * @param prompt what was asked, with the number that the file gives or else the line's own; null where the file has its tokens alone
     * @param row the number that the file gives; null where it gives none
     * @param sample which of the answers to this prompt it is; null where the file doesn't say
     * @param text what was said
     * @param finished whether it came to its end; null where the file doesn't say
     */
    record GivenAnswer(
            @Nullable AskedPrompt prompt,
            @Nullable Integer row,
            @Nullable Integer sample,
            String text,
            @Nullable Boolean finished) {}

    /**
     * Reads a prompt and its answer off an object of any origin: {@code align generate}'s lines, AlpacaEval's outputs, and whatever else
     * has a prompt (prompt, messages, instruction, question) and an answer (completion, output, response, answer).
     */
    static final class AnswerForms {
        private static final List<String> ANSWERS = List.of("completion", "output", "response", "answer", "generation");
        private static final List<String> SPOKEN = List.of("instruction", "question");
        private static final List<String> TAGS = List.of("tag", "category", "dataset", "subset");

        private AnswerForms() {}

        /**
         * Reads one object.
         *
         * @throws org.align4j.core.error.InputException naming the line, where it has no answer
         */
        static GivenAnswer read(Origin origin, Map<String, @Nullable Object> fields) {
            Integer row = fields.get("row") instanceof Number number ? (Integer) number.intValue() : null;
            Integer sample = fields.get("sample") instanceof Number number ? (Integer) number.intValue() : null;
            String text = null;
            for (String key : ANSWERS) {
                text = text == null ? answer(fields.get(key)) : text;
            }
            if (text == null) {
                throw origin.error(format(
                        "no answer is here; one of %s must be a text or a message.", String.join(", ", ANSWERS)));
            }
            Boolean finished = fields.get("finished") instanceof Boolean told ? told : null;
            return new GivenAnswer(prompt(row == null ? origin.row() : row, fields), row, sample, text, finished);
        }

        /** Reads what a row calls its kind; null where it says nothing. */
        static @Nullable String tag(Map<String, @Nullable Object> fields) {
            for (String key : TAGS) {
                Object value = fields.get(key);
                if (value instanceof String || value instanceof Number) {
                    return String.valueOf(value);
                }
            }
            return null;
        }

        private static @Nullable String answer(@Nullable Object value) {
            if (value instanceof String text) {
                return text;
            }
            if (value instanceof List<?> list && !list.isEmpty()) {
                return answer(list.get(list.size() - 1));
            }
            return value instanceof Map<?, ?> message && message.get("content") instanceof String said ? said : null;
        }

        /** Reads the prompt; null where its tokens alone are there. */
        static @Nullable AskedPrompt prompt(int row, Map<String, @Nullable Object> fields) {
            String tag = tag(fields);
            for (String key : List.of("prompt", "messages")) {
                if (fields.get(key) instanceof List<?> messages) {
                    return AskedPrompt.ofMessages(row, messages(messages), tag);
                }
            }
            if (fields.get("prompt") instanceof String text) {
                return AskedPrompt.ofText(row, text, tag);
            }
            for (String key : SPOKEN) {
                if (fields.get(key) instanceof String said) {
                    Object input = fields.get("input");
                    return AskedPrompt.ofUser(
                            row, input instanceof String more && !more.isBlank() ? said + "\n\n" + more : said, tag);
                }
            }
            return null;
        }

        private static List<Message> messages(List<?> given) {
            List<Message> messages = new ArrayList<>();
            for (Object each : given) {
                if (each instanceof Map<?, ?> fields) {
                    Map<String, Object> named = new java.util.LinkedHashMap<>();
                    fields.forEach((key, value) -> named.put(String.valueOf(key), value));
                    messages.add(Message.of(named));
                }
            }
            return messages;
        }
    }
}
