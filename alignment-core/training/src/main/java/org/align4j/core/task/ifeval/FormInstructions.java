package org.align4j.core.task.ifeval;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.align4j.core.pattern.UserPattern;
import org.align4j.core.task.ifeval.InstructionKind.Instruction;

/** Makes the instructions about the form of an answer: its marks, its beginning and its end. */
final class FormInstructions {
    private FormInstructions() {}

    static Instruction placeholders(InstructionArguments given) {
        int count = given.count("num_placeholders");
        return answer -> AnswerMarks.placeholders(answer) >= count;
    }

    static Instruction postscript(InstructionArguments given) {
        UserPattern marker =
                given.pattern("postscript_marker", AnswerMarks.postscript(given.text("postscript_marker")));
        return answer -> marker.isIn(answer.toLowerCase(Locale.ROOT));
    }

    static Instruction bullets(InstructionArguments given) {
        int count = given.count("num_bullets");
        return answer -> AnswerMarks.bullets(answer) == count;
    }

    static Instruction highlights(InstructionArguments given) {
        int count = given.count("num_highlights");
        return answer -> AnswerMarks.highlights(answer) >= count;
    }

    static Instruction sections(InstructionArguments given) {
        int count = given.count("num_sections");
        UserPattern head = UserPattern.of(
                        given.place("section_spliter"), AnswerMarks.sectionHead(given.text("section_spliter")))
                .within(given.searches());
        return answer -> head.count(answer) >= count;
    }

    static Instruction oneOption(InstructionArguments given) {
        return AnswerEdges::holdsAnOption;
    }

    static Instruction json(InstructionArguments given) {
        return JsonText::isJson;
    }

    static Instruction title(InstructionArguments given) {
        return AnswerMarks::hasTitle;
    }

    static Instruction twoAnswers(InstructionArguments given) {
        return Paragraphs::areTwoAnswers;
    }

    static Instruction repeatedPrompt(InstructionArguments given) {
        String prompt = given.text("prompt_to_repeat");
        return answer -> AnswerEdges.beginsWith(prompt, answer);
    }

    static Instruction lastPhrase(InstructionArguments given) {
        String phrase = given.text("end_phrase");
        return answer -> AnswerEdges.endsWith(phrase, answer);
    }

    static Instruction quotation(InstructionArguments given) {
        return AnswerEdges::isQuoted;
    }

    static Instruction noComma(InstructionArguments given) {
        return answer -> answer.indexOf(',') < 0;
    }

    /** Compares how an answer begins and ends with what is asked for. */
    static final class AnswerEdges {
        private static final List<String> OPTIONS =
                List.of("My answer is yes.", "My answer is no.", "My answer is maybe.");
        private static final char QUOTE = '"';

        private AnswerEdges() {}

        /** Returns whether a text begins with another, whatever the case of either and the space around them. */
        public static boolean beginsWith(String start, String text) {
            return lower(Spaces.strip(text)).startsWith(lower(Spaces.strip(start)));
        }

        /** Returns whether a text ends with a phrase, whatever the case of either; quotation marks around the text do not count. */
        public static boolean endsWith(String phrase, String text) {
            String bare = Spaces.without(QUOTE, Spaces.withoutTrailing(QUOTE, Spaces.strip(text)));
            return lower(bare).endsWith(lower(Spaces.strip(phrase)));
        }

        /** Returns whether double quotation marks stand around a text. */
        public static boolean isQuoted(String text) {
            String bare = Spaces.strip(text);
            return bare.length() > 1 && bare.charAt(0) == QUOTE && bare.charAt(bare.length() - 1) == QUOTE;
        }

        /** Returns whether a text holds one of the three answers yes, no and maybe as they must be worded. */
        public static boolean holdsAnOption(String text) {
            return OPTIONS.stream().anyMatch(text::contains);
        }

        private static String lower(String text) {
            return text.toLowerCase(Locale.ROOT);
        }
    }

    /** Distinguishes JSON from other text, bare or in a fence of three backticks. */
    static final class JsonText {
        /** Python reads no whole number that is longer. */
        private static final int MOST_DIGITS = 4300;

        private static final JsonFactory JSON = JsonFactory.builder()
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNumberLength(MOST_DIGITS)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();

        private static final List<String> FENCES = List.of("```json", "```Json", "```JSON", "```");
        private static final Set<String> NO_NUMBERS = Set.of("NaN", "Infinity", "-Infinity");

        private JsonText() {}

        /** Returns whether a text is one value of JSON, where Python's NaN and Infinity are numbers too. */
        public static boolean isJson(String text) {
            String json = Spaces.strip(text);
            for (String fence : FENCES) {
                json = json.startsWith(fence) ? json.substring(fence.length()) : json;
            }
            json = json.endsWith("```") ? json.substring(0, json.length() - 3) : json;
            return isOneValue(Spaces.strip(json));
        }

        private static boolean isOneValue(String json) {
            try (JsonParser parser = JSON.createParser(json)) {
                if (parser.nextToken() == null) {
                    return false;
                }
                int depth = 0;
                do {
                    JsonToken token = parser.currentToken();
                    depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                    if (token == JsonToken.VALUE_NUMBER_FLOAT
                            && parser.isNaN()
                            && !NO_NUMBERS.contains(parser.getText())) {
                        return false;
                    }
                } while (parser.nextToken() != null && depth > 0);
                return depth == 0 && parser.currentToken() == null;
            } catch (IOException e) {
                return false;
            }
        }
    }

    /** Counts and finds the marks of Markdown and others that an answer is asked for: bullets, highlights, placeholders, titles. */
    static final class AnswerMarks {
        private static final Pattern STAR_BULLET = Pattern.compile("(?dm)^" + Spaces.ONE + "*\\*[^*].*$");
        private static final Pattern DASH_BULLET = Pattern.compile("(?dm)^" + Spaces.ONE + "*-.*$");
        private static final Pattern STARRED = Pattern.compile("\\*([^\\n*]*)\\*");
        private static final Pattern DOUBLY_STARRED = Pattern.compile("\\*\\*([^\\n*]*)\\*\\*");
        private static final Pattern BRACKETS = Pattern.compile("(?d)\\[.*?\\]");
        private static final Pattern ANGLES = Pattern.compile("<<[^\\n]+>>");

        private AnswerMarks() {}

        /** Counts the lines that begin with one star or with a dash. */
        public static int bullets(String text) {
            return Spaces.matches(STAR_BULLET, text) + Spaces.matches(DASH_BULLET, text);
        }

        /** Counts the parts of a line between two stars, and those between two double stars, that aren't blank. */
        public static int highlights(String text) {
            return filled(STARRED, text) + filled(DOUBLY_STARRED, text);
        }

        private static int filled(Pattern pattern, String text) {
            return (int) pattern.matcher(text)
                    .results()
                    .map(MatchResult::group)
                    .filter(part -> !Spaces.only(part.replace("*", "")))
                    .count();
        }

        /** Counts the parts of a line between square brackets. */
        public static int placeholders(String text) {
            return Spaces.matches(BRACKETS, text);
        }

        /** Returns whether a text has a title: something in double angle brackets that isn't blank. */
        public static boolean hasTitle(String text) {
            return ANGLES.matcher(text)
                    .results()
                    .map(title -> Spaces.withoutTrailing('>', Spaces.without('<', title.group())))
                    .anyMatch(title -> !Spaces.only(title));
        }

        /**
         * Returns the pattern of a section's head: its word and a number.
         *
         * @param word a regular expression, such as Section
         */
        public static String sectionHead(String word) {
            return Spaces.ONE + "?" + word + Spaces.ONE + "?\\p{Nd}+" + Spaces.ONE + "?";
        }

        /**
         * Returns the pattern of a postscript in a text in lower case.
         *
         * @param marker its first word, such as P.S. or P.P.S; spaces may stand between the letters of these two. Any other is a regular
         *     expression
         */
        public static String postscript(String marker) {
            String space = Spaces.ONE + "?";
            return switch (marker) {
                case "P.P.S" -> "p\\." + space + "p\\." + space + "s";
                case "P.S." -> "p\\." + space + "s\\.";
                default -> marker.toLowerCase(Locale.ROOT);
            };
        }
    }
}
