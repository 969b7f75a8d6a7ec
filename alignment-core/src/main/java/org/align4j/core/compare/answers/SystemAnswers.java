package org.align4j.core.compare.answers;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.align4j.core.data.file.ObjectFile;
import org.align4j.core.data.row.Origin;
import org.align4j.core.error.InputException;
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
     * Reads both systems' answers off AlpacaEval's annotations.
     *
     * @return the answers of generator_1, which is what it compares with, and of generator_2
     * @throws InputException where the file has others than two systems
     */
    public static List<SystemAnswers> ofAnnotations(Path file) {
        Map<String, List<GivenAnswer>> bySystem = new LinkedHashMap<>();
        ObjectFile.of(file).each((line, row, fields) -> {
            Origin origin = new Origin(file.toString(), line, row);
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

    /** The system's name. */
    public String name() {
        return name;
    }

    /** The file, model or run that the answers came from. */
    public String source() {
        return source;
    }

    /** Tells how many prompts the system was asked and did not answer, as its file says. */
    public int dropped() {
        return dropped;
    }

    List<GivenAnswer> answers() {
        return answers;
    }
}
