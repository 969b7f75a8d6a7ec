package org.align4j.examples.tools;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.Environment;
import org.align4j.core.environment.ToolCall;
import org.align4j.core.error.InputException;

/**
 * A calculator, {@code --environment calculator}: works out the expressions of calls of the tool {@code calculator}, and gives 1 where the turn
 * that calls nothing ends with the number of the row's {@code answer}.
 */
public final class Calculator implements Environment {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?");

    private String answer = "";

    @Override
    public void requirePrompts(List<PromptTokens> prompts) {
        requireAnswers("calculator", prompts);
    }

    /** Refuses rows that say no right answer. */
    static void requireAnswers(String environment, List<PromptTokens> prompts) {
        for (PromptTokens prompt : prompts) {
            if (prompt.answer() == null) {
                throw new InputException("row " + prompt.row() + " has no \"answer\", which the environment "
                        + environment + " compares with what the policy says; add it to each row.");
            }
        }
    }

    @Override
    public String reset(PromptTokens row, long seed) {
        answer = String.valueOf(row.answer()).strip();
        return "";
    }

    @Override
    public Step step(String action) {
        if (!ToolCall.isMeant(action)) {
            return new Step("", answer.equals(lastNumber(action)) ? 1 : 0, true);
        }
        Optional<String> expression = ToolCall.first(action)
                .filter(call -> call.name().equals("calculator"))
                .flatMap(call -> call.argument("expression"));
        return new Step(
                expression.map(Expression::said).orElse("error: write calculator with an expression"), 0, false);
    }

    private static String lastNumber(String text) {
        String last = "";
        Matcher numbers = NUMBER.matcher(text);
        while (numbers.find()) {
            last = numbers.group();
        }
        return last;
    }
}
