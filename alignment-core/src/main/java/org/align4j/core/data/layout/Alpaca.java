package org.align4j.core.data.layout;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.Whitespace;
import org.jspecify.annotations.Nullable;

/** Reads Alpaca's rows: an instruction, perhaps with an input, and an answer, a judged answer, or two answers, as LLaMA-Factory and Raschka's book have them. */
final class Alpaca implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.ALPACA;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        boolean pair = row.texts("chosen", "rejected") && !repeatsPrompt(row);
        boolean answer = row.texts("output") || isPair(row.peek("output"));
        boolean asks = says(row.peek("instruction")) || says(row.peek("input"));
        return row.texts("instruction") && asks && row.lacks("prompt", "completions", "messages") && (pair || answer)
                ? "\"instruction\" and " + (pair ? "\"chosen\" and \"rejected\"" : "\"output\"")
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        said.put("prompt", prompt(row));
        boolean both = row.has("chosen", "rejected");
        if (both && !(row.answersLearned() && row.texts("output"))) {
            row.optional("output");
            said.put("chosen", row.text("chosen"));
            said.put("rejected", row.text("rejected"));
        } else if (isPair(row.peek("output"))) {
            List<?> answers = row.list("output");
            said.put("chosen", answers.get(0));
            said.put("rejected", answers.get(1));
        } else {
            row.optional("chosen");
            row.optional("rejected");
            said.put("completion", row.text("output"));
            said.put("label", row.optional("kto_tag"));
        }
        return List.of(row.with(said));
    }

    private static boolean says(@Nullable Object value) {
        return value instanceof String text && !Whitespace.only(text);
    }

    /** Whether the answers begin with the instruction, so that they hold their prompt themselves. */
    private static boolean repeatsPrompt(ForeignRow row) {
        return row.peek("instruction") instanceof String instruction
                && row.peek("chosen") instanceof String answer
                && answer.startsWith(instruction);
    }

    /** An older form of LLaMA-Factory's: a list of the better and the worse answer. */
    private static boolean isPair(@Nullable Object output) {
        return output instanceof List<?> list
                && list.size() == 2
                && list.stream().allMatch(String.class::isInstance);
    }

    private static String prompt(ForeignRow row) {
        String instruction = row.text("instruction");
        Object input = row.optional("input");
        if (input == null) {
            return instruction;
        }
        String text = row.text("input");
        return Whitespace.only(text) ? instruction : Whitespace.only(instruction) ? text : instruction + "\n" + text;
    }
}
