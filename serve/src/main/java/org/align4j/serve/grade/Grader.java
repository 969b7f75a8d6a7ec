package org.align4j.serve.grade;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What gives an answer a number; read from a client's document by {@link GraderReader}. */
public sealed interface Grader {
    /** Returns the name by which formulas and figures know it. */
    String name();

    /** Returns the type as OpenAI writes it. */
    String type();

    /** Returns the templates that an answer and its row fill. */
    List<Template> templates();

    /** Whether a grade needs nothing but the answer and its row: no model and no address. */
    default boolean isPure() {
        return true;
    }

    /** Returns this grader and those that it is made of. */
    default Stream<Grader> all() {
        return Stream.of(this);
    }

    /** Compares two texts: 1 or 0. */
    record StringCheck(String name, Template input, Template reference, Operation operation) implements Grader {
        /** How texts are compared. */
        enum Operation {
            /** The texts equal each other. */
            EQ,
            /** The texts differ from each other. */
            NE,
            /** The input holds the reference. */
            LIKE,
            /** The input holds the reference, whatever the case of letters. */
            ILIKE;

            boolean holds(String input, String reference) {
                return switch (this) {
                    case EQ -> input.equals(reference);
                    case NE -> !input.equals(reference);
                    case LIKE -> input.contains(reference);
                    case ILIKE -> folded(input).contains(folded(reference));
                };
            }

            private static String folded(String text) {
                return text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
            }
        }

        @Override
        public String type() {
            return "string_check";
        }

        @Override
        public List<Template> templates() {
            return List.of(input, reference);
        }
    }

    /** Measures how alike two texts are: 0 to 1. */
    record TextSimilarity(String name, Template input, Template reference, TextMetric metric) implements Grader {
        @Override
        public String type() {
            return "text_similarity";
        }

        @Override
        public List<Template> templates() {
            return List.of(input, reference);
        }
    }

    /**
     * A message to a model that grades.
     *
     * @param role as clients of chats write it
     */
    record Turn(String role, Template content) {}

    /**
     * What a model that grades is asked.
     *
     * @param model a name of the server's or of the project's, or {@code URL#NAME}
     * @param turns the messages
     * @param sampling {@code temperature}, {@code top_p}, {@code seed}, {@code max_completion_tokens} of a chat
     */
    record Question(String model, List<Turn> turns, java.util.Map<String, Object> sampling) {
        /** Takes copies. */
        public Question {
            turns = List.copyOf(turns);
            sampling = java.util.Map.copyOf(sampling);
        }

        List<Template> templates() {
            return turns.stream().map(Turn::content).toList();
        }

        /** Returns where another service's model is asked; null for the server's own. */
        @Nullable
        URI address() {
            int mark = model.indexOf('#');
            return mark > 0 && model.matches("(?i)https?://.*") ? URI.create(model.substring(0, mark)) : null;
        }
    }

    /** Asks a model. */
    sealed interface Asking extends Grader {
        /** Returns what the model is asked. */
        Question question();

        @Override
        default List<Template> templates() {
            return question().templates();
        }

        @Override
        default boolean isPure() {
            return false;
        }
    }

    /** Has a model say a number within a range. */
    record ScoreModel(String name, Question question, double least, double most) implements Asking {
        @Override
        public String type() {
            return "score_model";
        }
    }

    /** Has a model say one of some labels: 1 where it is one that passes. */
    record LabelModel(String name, Question question, List<String> labels, List<String> passing) implements Asking {
        /** Takes copies. */
        public LabelModel {
            labels = List.copyOf(labels);
            passing = List.copyOf(passing);
        }

        @Override
        public String type() {
            return "label_model";
        }
    }

    /** Asks an address for a number. */
    record Http(String name, URI url) implements Grader {
        @Override
        public String type() {
            return "http";
        }

        @Override
        public List<Template> templates() {
            return List.of();
        }

        @Override
        public boolean isPure() {
            return false;
        }
    }

    /** Puts the numbers of several graders together by a formula. */
    record Multi(String name, List<Grader> graders, Formula formula) implements Grader {
        /** Takes a copy. */
        public Multi {
            graders = List.copyOf(graders);
        }

        @Override
        public String type() {
            return "multi";
        }

        @Override
        public List<Template> templates() {
            return graders.stream()
                    .flatMap(grader -> grader.templates().stream())
                    .toList();
        }

        @Override
        public boolean isPure() {
            return graders.stream().allMatch(Grader::isPure);
        }

        @Override
        public Stream<Grader> all() {
            return Stream.concat(Stream.of(this), graders.stream());
        }
    }
}
