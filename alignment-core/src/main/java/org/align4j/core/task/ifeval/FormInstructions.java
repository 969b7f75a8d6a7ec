package org.align4j.core.task.ifeval;

import java.util.Locale;
import org.align4j.core.pattern.UserPattern;

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
}
