package org.align4j.core.task.ifeval;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.core.data.LanguageGuess;
import org.align4j.core.error.InputException;
import org.align4j.core.pattern.SearchAllowance;
import org.align4j.core.task.ifeval.InstructionKind.Instruction;
import org.align4j.core.template.python.Case;

/** The 25 kinds of instruction that IFEval has, each with the values that a row gives for it. */
public enum InstructionKind {
    KEYWORDS("keywords:existence", WordInstructions::keywords, "keywords"),
    KEYWORD_FREQUENCY("keywords:frequency", WordInstructions::keywordFrequency, "keyword", "frequency", "relation"),
    FORBIDDEN_WORDS("keywords:forbidden_words", WordInstructions::forbiddenWords, "forbidden_words"),
    LETTER_FREQUENCY(
            "keywords:letter_frequency", WordInstructions::letterFrequency, "letter", "let_frequency", "let_relation"),
    RESPONSE_LANGUAGE("language:response_language", LanguageInstructions::language, "language"),
    SENTENCES("length_constraints:number_sentences", WordInstructions::sentences, "num_sentences", "relation"),
    PARAGRAPHS("length_constraints:number_paragraphs", WordInstructions::paragraphs, "num_paragraphs"),
    WORDS("length_constraints:number_words", WordInstructions::words, "num_words", "relation"),
    PARAGRAPH_FIRST_WORD(
            "length_constraints:nth_paragraph_first_word",
            WordInstructions::firstWord,
            "num_paragraphs",
            "nth_paragraph",
            "first_word"),
    PLACEHOLDERS("detectable_content:number_placeholders", FormInstructions::placeholders, "num_placeholders"),
    POSTSCRIPT("detectable_content:postscript", FormInstructions::postscript, "postscript_marker"),
    BULLETS("detectable_format:number_bullet_lists", FormInstructions::bullets, "num_bullets"),
    CONSTRAINED("detectable_format:constrained_response", FormInstructions::oneOption),
    HIGHLIGHTS("detectable_format:number_highlighted_sections", FormInstructions::highlights, "num_highlights"),
    SECTIONS("detectable_format:multiple_sections", FormInstructions::sections, "section_spliter", "num_sections"),
    JSON("detectable_format:json_format", FormInstructions::json),
    TITLE("detectable_format:title", FormInstructions::title),
    TWO_RESPONSES("combination:two_responses", FormInstructions::twoAnswers),
    REPEAT_PROMPT("combination:repeat_prompt", FormInstructions::repeatedPrompt, "prompt_to_repeat"),
    END("startend:end_checker", FormInstructions::lastPhrase, "end_phrase"),
    QUOTATION("startend:quotation", FormInstructions::quotation),
    CAPITAL_WORDS(
            "change_case:capital_word_frequency",
            WordInstructions::capitalWords,
            "capital_frequency",
            "capital_relation"),
    ENGLISH_CAPITALS("change_case:english_capital", LanguageInstructions::capitals),
    ENGLISH_LOWER_CASE("change_case:english_lowercase", LanguageInstructions::lowerCase),
    NO_COMMA("punctuation:no_comma", FormInstructions::noComma);

    private static final Map<String, InstructionKind> BY_ID =
            Arrays.stream(values()).collect(Collectors.toMap(InstructionKind::id, Function.identity()));

    private final String id;
    private final boolean guessesLanguage;

    @SuppressWarnings("ImmutableEnumChecker") // a reference to a method without state
    private final BiFunction<InstructionArguments, LanguageGuess, Instruction> maker;

    private final ImmutableList<String> arguments;

    InstructionKind(String id, Function<InstructionArguments, Instruction> maker, String... arguments) {
        this.id = id;
        this.guessesLanguage = false;
        this.maker = (given, guess) -> maker.apply(given);
        this.arguments = ImmutableList.copyOf(arguments);
    }

    InstructionKind(
            String id, BiFunction<InstructionArguments, LanguageGuess, Instruction> maker, String... arguments) {
        this.id = id;
        this.guessesLanguage = true;
        this.maker = maker;
        this.arguments = ImmutableList.copyOf(arguments);
    }

    /** Returns the name that rows have for this kind. */
    public String id() {
        return id;
    }

    /** Returns whether a detector's guess at the language of the answer decides, too. */
    public boolean guessesLanguage() {
        return guessesLanguage;
    }

    /**
     * Returns the kind that a row names.
     *
     * @param where the file and line, for the message
     * @throws InputException if there is none of the name
     */
    static InstructionKind of(String where, String id) {
        InstructionKind kind = BY_ID.get(id);
        if (kind == null) {
            throw new InputException(where + ": the instruction \"" + id + "\" is unknown; known are "
                    + Arrays.stream(values()).map(InstructionKind::id).collect(Collectors.joining(", ")) + ".");
        }
        return kind;
    }

    /**
     * Makes the instruction that a row asks for.
     *
     * @param where the file, line and place in the row, for messages
     * @param values what the row gives for it
     * @param searches what the expressions of the row's file may read
     * @throws InputException if a value is missing, wrong or of no use
     */
    Instruction instruction(String where, Map<?, ?> values, LanguageGuess guess, SearchAllowance searches) {
        InstructionArguments given = new InstructionArguments(where, id, values, searches);
        given.refuseOthers(arguments);
        return maker.apply(given, guess);
    }

    /** An instruction with its numbers and words, which an answer follows or does not. */
    @FunctionalInterface
    interface Instruction {

        /** Returns whether an answer follows it as it is; what an answer without any text follows is not asked here. */
        boolean isFollowed(String answer);
    }

    /** Makes the instructions that ask in which language an answer is, a guess of a detector; a text without letters is in any. */
    private static final class LanguageInstructions {
        private static final String ENGLISH = "en";

        private LanguageInstructions() {}

        static Instruction language(InstructionArguments given, LanguageGuess guess) {
            String language = given.text("language");
            return answer -> isIn(language, answer, guess);
        }

        static Instruction capitals(InstructionArguments given, LanguageGuess guess) {
            return answer -> Case.isUpper(answer) && isIn(ENGLISH, answer, guess);
        }

        static Instruction lowerCase(InstructionArguments given, LanguageGuess guess) {
            return answer -> Case.isLower(answer) && isIn(ENGLISH, answer, guess);
        }

        private static boolean isIn(String language, String answer, LanguageGuess guess) {
            String guessed = guess.of(answer);
            return guessed == null || guessed.equals(language);
        }
    }
}
