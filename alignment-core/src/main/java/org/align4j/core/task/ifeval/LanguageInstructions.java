package org.align4j.core.task.ifeval;

import org.align4j.core.template.python.Case;
import org.align4j.core.text.LanguageGuess;

/** Makes the instructions that ask in which language an answer is, a guess of a detector; a text without letters is in any. */
final class LanguageInstructions {
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
