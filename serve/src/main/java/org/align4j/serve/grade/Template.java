package org.align4j.serve.grade;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.Shortened;

/** A text with places such as {@code {{item.answer}}} and {@code {{sample.output_text}}}, which each answer fills. */
public final class Template {
    /** Characters of a text that is filled; what is longer isn't graded. */
    public static final int MOST_FILLED = 1 << 16;

    private static final int MOST_WRITTEN = 1 << 16;
    private static final int MOST_PLACES = 256;
    private static final int MOST_STEPS = 32;
    private static final Pattern PLACE = Pattern.compile("\\{\\{([^{}]*)\\}\\}");
    private static final Pattern STEP =
            Pattern.compile("\\.([\\p{L}\\p{N}_$-]+)|\\[(\\d{1,9})\\]|\\['([^'\\]]*)'\\]|\\[\"([^\"\\]]*)\"\\]");
    private static final Pattern SPACE = Pattern.compile("(item|sample)(?=[.\\[])");

    private final String written;
    private final List<String> texts;
    private final List<Variable> variables;

    private Template(String written, List<String> texts, List<Variable> variables) {
        this.written = written;
        this.texts = List.copyOf(texts);
        this.variables = List.copyOf(variables);
    }

    /** Says that a template can't be read; the message is a sentence without its subject. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message);
        }
    }

    /**
     * A value that a template names.
     *
     * @param ofSample whether it is the answer's, not the row's
     * @param steps to it: keys of objects and, as digits, places of arrays
     */
    record Variable(boolean ofSample, List<String> steps) {
        static Variable parse(String given) throws Unreadable {
            String path = given.strip();
            Matcher space = SPACE.matcher(path);
            if (!space.lookingAt()) {
                throw new Unreadable("holds {{" + Shortened.of(path)
                        + "}}, but a place is {{item.FIELD}}, {{sample.output_text}} or {{sample.output_json.FIELD}}");
            }
            List<String> steps = new ArrayList<>();
            Matcher step = STEP.matcher(path).region(space.end(), path.length());
            int end = space.end();
            while (step.lookingAt()) {
                for (int group = 1; group <= step.groupCount(); group++) {
                    if (step.group(group) != null) {
                        steps.add(step.group(group));
                    }
                }
                end = step.end();
                step.region(end, path.length());
            }
            if (end != path.length() || steps.size() > MOST_STEPS) {
                throw new Unreadable(
                        "holds {{" + Shortened.of(path)
                                + "}}, whose path can't be read; write {{item.field}}, {{item.list[0].field}} or {{item['a field']}}");
            }
            return new Variable(space.group().equals("sample"), List.copyOf(steps)).known(path);
        }

        private Variable known(String path) throws Unreadable {
            if (ofSample && !steps.get(0).equals("output_json") && !steps.equals(List.of("output_text"))) {
                throw new Unreadable("holds {{" + Shortened.of(path)
                        + "}}, but of a sample there are output_text and output_json here: answers are texts");
            }
            return this;
        }

        /** Whether the answer must be JSON for it. */
        boolean ofJson() {
            return ofSample && steps.get(0).equals("output_json");
        }

        /** The field of the row that it is in; empty for one of the answer. */
        String field() {
            return ofSample ? "" : steps.get(0);
        }

        /** Whether a row has the field; what an answer has isn't known before. */
        boolean isIn(Sample sample) {
            try {
                return ofSample || !in(sample).isMissingNode();
            } catch (Grade.Failure missing) {
                return false;
            }
        }

        private JsonNode in(Sample sample) throws Grade.Failure {
            JsonNode value;
            if (ofJson()) {
                value = sample.json();
            } else {
                value = sample.item();
            }
            for (String step : steps.subList(ofJson() ? 1 : 0, steps.size())) {
                value = value.isArray() && step.matches("\\d{1,9}")
                        ? value.path(Integer.parseInt(step))
                        : value.path(step);
            }
            if (value.isMissingNode()) {
                throw new Grade.Failure(Grade.Fault.INVALID_VARIABLE, "there is no " + this);
            }
            return value;
        }

        @Override
        public String toString() {
            return (ofSample ? "sample." : "item.") + String.join(".", steps);
        }
    }

    /** Reads a template. */
    static Template parse(String written) throws Unreadable {
        if (written.length() > MOST_WRITTEN) {
            throw new Unreadable("has " + written.length() + " characters, but may have " + MOST_WRITTEN);
        }
        List<String> texts = new ArrayList<>();
        List<Variable> variables = new ArrayList<>();
        Matcher place = PLACE.matcher(written);
        int from = 0;
        while (place.find()) {
            texts.add(written.substring(from, place.start()));
            variables.add(Variable.parse(place.group(1)));
            from = place.end();
        }
        texts.add(written.substring(from));
        if (variables.size() > MOST_PLACES) {
            throw new Unreadable("has " + variables.size() + " places, but may have " + MOST_PLACES);
        }
        return new Template(written, texts, variables);
    }

    /** Returns what the places name. */
    List<Variable> variables() {
        return variables;
    }

    /** Fills the places from an answer and its row. */
    String fill(Sample sample) throws Grade.Failure {
        StringBuilder filled = new StringBuilder(texts.get(0));
        for (int i = 0; i < variables.size(); i++) {
            Variable variable = variables.get(i);
            filled.append(variable.ofSample() && !variable.ofJson() ? sample.text() : text(variable.in(sample)));
            filled.append(texts.get(i + 1));
            if (filled.length() > MOST_FILLED) {
                throw new Grade.Failure(
                        Grade.Fault.TRUNCATED_OBSERVATION,
                        "a filled template has more than " + MOST_FILLED + " characters");
            }
        }
        return filled.toString();
    }

    private static String text(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }

    @Override
    public String toString() {
        return written;
    }
}
