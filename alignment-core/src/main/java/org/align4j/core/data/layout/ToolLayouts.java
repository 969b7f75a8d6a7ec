package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.row.Whitespace;
import org.jspecify.annotations.Nullable;

/**
 * The layouts of training tools, of hosted services, and of data sets that name prompt and answers in their own way.
 */
final class ToolLayouts {
    private static final String EXCHANGES = "conversation";
    private static final List<String> ARGILLA_PROMPTS = List.of("instruction", "prompt", "question", "input");
    /** Prompt, chosen and rejected. */
    private static final int NOVA_PARTS = 3;

    private static final List<String> EDITED_PROMPTS =
            List.of("prompt", "question", "instruction", "query", "input", "messages");
    private static final List<String> EDITED_PARTS =
            List.of("response", "answer", "output", "completion", "reply", "text");
    private static final List<String> AFTER = List.of("edited", "corrected", "revised");

    /** The layouts, each with what shows a row to be of it and what such a row says. */
    static final List<Layout> ALL = List.of(
            new Layout(RowFormat.ALPACA, ToolLayouts::alpacaSeen, ToolLayouts::alpaca),
            new Layout(RowFormat.SHAREGPT, ToolLayouts::shareGptSeen, ToolLayouts::shareGpt),
            new Layout(RowFormat.SWIFT, ToolLayouts::swiftSeen, ToolLayouts::swift),
            new Layout(RowFormat.ORCA, ToolLayouts::orcaSeen, ToolLayouts::orca),
            new Layout(RowFormat.ARGILLA, ToolLayouts::argillaSeen, ToolLayouts::argilla),
            new Layout(RowFormat.STACKPAIRED, ToolLayouts::stackPairedSeen, ToolLayouts::stackPaired),
            new Layout(RowFormat.NOVA, ToolLayouts::novaSeen, ToolLayouts::nova),
            new Layout(RowFormat.EDITS, ToolLayouts::editsSeen, ToolLayouts::edits));

    private ToolLayouts() {}

    private static @Nullable String alpacaSeen(Fields row) {
        boolean pair = row.texts("chosen", "rejected") && !repeatsPrompt(row);
        boolean answer = row.texts("output") || isPair(row.peek("output"));
        boolean asks = says(row.peek("instruction")) || says(row.peek("input"));
        return row.texts("instruction") && asks && row.lacks("prompt", "completions", "messages") && (pair || answer)
                ? "\"instruction\" and " + (pair ? "\"chosen\" and \"rejected\"" : "\"output\"")
                : null;
    }

    /**
     * Reads Alpaca's rows: an instruction, perhaps with an input, and an answer, a labelled answer, or two answers, as
     * LLaMA-Factory and Raschka's book have them.
     */
    private static List<Map<String, @Nullable Object>> alpaca(Fields row, Layout.PairRequest asked) {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        said.put("prompt", alpacaPrompt(row));
        boolean both = row.has("chosen", "rejected");
        if (both && !(asked.single() && row.texts("output"))) {
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
    private static boolean repeatsPrompt(Fields row) {
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

    private static String alpacaPrompt(Fields row) {
        String instruction = row.text("instruction");
        Object input = row.optional("input");
        if (input == null) {
            return instruction;
        }
        String text = row.text("input");
        return Whitespace.only(text) ? instruction : Whitespace.only(instruction) ? text : instruction + "\n" + text;
    }

    private static @Nullable String shareGptSeen(Fields row) {
        if (!row.lacks("chosen", "rejected", "messages", "prompt", "rejected_response")) {
            return null;
        }
        if (row.listsObjects("conversations", "from", "value")) {
            return "\"conversations\" with \"from\" and \"value\"";
        }
        return row.listsObjects(EXCHANGES, "human", "assistant")
                ? "\"conversation\" with \"human\" and \"assistant\""
                : null;
    }

    /**
     * Reads ShareGPT's conversations without a pair: turns with from and value, perhaps labelled by kto_tag, or ms-swift's
     * exchanges of human and assistant.
     */
    private static List<Map<String, @Nullable Object>> shareGpt(Fields row, Layout.PairRequest asked) {
        if (row.has("conversations")) {
            return List.of(row.with(RowParts.messages(row.list("conversations"), row.optional("kto_tag"))));
        }
        List<Map<String, @Nullable Object>> turns = new ArrayList<>();
        for (Fields exchange : row.objects(EXCHANGES)) {
            turns.add(RowParts.message("user", exchange.text("human")));
            turns.add(RowParts.message("assistant", exchange.text("assistant")));
        }
        return List.of(row.with(RowParts.messages(turns, null)));
    }

    private static @Nullable String swiftSeen(Fields row) {
        boolean worse = row.texts("rejected_response") || row.listsObjects("rejected_messages");
        boolean better = row.listsObjects("messages") || row.texts("query", "response");
        return better && worse && row.lacks("chosen", "rejected")
                ? (row.has("messages") ? "\"messages\" and " : "\"query\", \"response\" and ")
                        + (row.has("rejected_response") ? "\"rejected_response\"" : "\"rejected_messages\"")
                : null;
    }

    /**
     * Reads preferences of ms-swift: messages that end with the better answer, or query and response, beside
     * rejected_response or rejected_messages.
     */
    private static List<Map<String, @Nullable Object>> swift(Fields row, Layout.PairRequest asked) {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        if (!row.has("messages")) {
            said.put("prompt", row.text("query"));
            said.put("chosen", row.text("response"));
            said.put("rejected", row.text("rejected_response"));
        } else if (row.has("rejected_messages")) {
            said.put("chosen", row.list("messages"));
            said.put("rejected", row.list("rejected_messages"));
        } else {
            List<?> messages = row.list("messages");
            int cut = messages.size();
            while (cut > 0 && messages.get(cut - 1) instanceof Map<?, ?> turn && "assistant".equals(turn.get("role"))) {
                cut--;
            }
            if (cut == messages.size() || cut == 0) {
                throw row.error("messages", "must end with the assistant's better answer to an earlier message.");
            }
            said.put("prompt", messages.subList(0, cut));
            said.put("chosen", messages.subList(cut, messages.size()));
            said.put("rejected", List.of(RowParts.message("assistant", row.text("rejected_response"))));
        }
        return List.of(row.with(said));
    }

    private static @Nullable String orcaSeen(Fields row) {
        String orcaQuestion = orcaQuestion(row);
        return orcaQuestion == null ? null : "\"system\", \"" + orcaQuestion + "\", \"chosen\" and \"rejected\"";
    }

    /** Reads the pairs made of Orca by Intel and by Argilla: a system text, a question and two answers. */
    private static List<Map<String, @Nullable Object>> orca(Fields row, Layout.PairRequest asked) {
        String orcaQuestion = orcaQuestion(row);
        Map<String, @Nullable Object> pair = RowParts.pair(
                row.text(orcaQuestion == null ? "question" : orcaQuestion), row.text("chosen"), row.text("rejected"));
        if ("tie".equals(row.optional("status"))) { // Argilla's word for two equal ratings
            pair.put("tie", true);
        }
        return List.of(row.with(pair));
    }

    private static @Nullable String orcaQuestion(Fields row) {
        boolean pair = row.texts("system", "chosen", "rejected") && row.lacks("prompt", "instruction");
        return !pair ? null : row.texts("question") ? "question" : row.texts("input") ? "input" : null;
    }

    private static @Nullable String argillaSeen(Fields row) {
        String prompt = row.firstOf(ARGILLA_PROMPTS);
        return prompt != null && row.texts("chosen_response", "rejected_response")
                ? "\"" + prompt + "\", \"chosen_response\" and \"rejected_response\""
                : null;
    }

    /** Reads binarized preferences of Argilla: an instruction, chosen_response and rejected_response. */
    private static List<Map<String, @Nullable Object>> argilla(Fields row, Layout.PairRequest asked) {
        String prompt = row.firstOf(ARGILLA_PROMPTS);
        return List.of(row.with(RowParts.pair(
                row.required(prompt == null ? "instruction" : prompt),
                row.text("chosen_response"),
                row.text("rejected_response"))));
    }

    private static @Nullable String stackPairedSeen(Fields row) {
        return row.texts("question", "response_j", "response_k")
                ? "\"question\", \"response_j\" and \"response_k\""
                : null;
    }

    /** Reads questions of Stack Exchange with two answers, of which response_j is the better one. */
    private static List<Map<String, @Nullable Object>> stackPaired(Fields row, Layout.PairRequest asked) {
        return List.of(row.with(RowParts.pair(row.text("question"), row.text("response_j"), row.text("response_k"))));
    }

    private static @Nullable String novaSeen(Fields row) {
        return candidates(row) != null ? "\"messages\" of which the last has \"candidates\"" : null;
    }

    /** Reads Amazon Nova's preferences: messages of which the last has two candidates, one preferred and one not. */
    private static List<Map<String, @Nullable Object>> nova(Fields row, Layout.PairRequest asked) {
        List<Fields> messages = row.objects("messages");
        row.optional("schemaVersion");
        Fields last = messages.get(messages.size() - 1);
        Map<String, @Nullable Object> pair = new LinkedHashMap<>();
        pair.put("prompt", row.list("messages").subList(0, messages.size() - 1));
        for (Fields candidate : last.objects("candidates")) {
            String label = candidate.text("preferenceLabel");
            if (!label.equals("preferred") && !label.equals("non-preferred")) {
                throw candidate.error("preferenceLabel", "is " + label + " but must be preferred or non-preferred.");
            }
            Map<String, @Nullable Object> answer = RowParts.message("assistant", candidate.required("content"));
            if (pair.put(label.equals("preferred") ? "chosen" : "rejected", List.of(answer)) != null) {
                throw candidate.error(
                        "preferenceLabel", "is " + label + " twice; one candidate must be preferred, one not.");
            }
        }
        if (pair.size() != NOVA_PARTS) {
            throw last.error("candidates", "must have one preferred and one non-preferred candidate.");
        }
        return List.of(row.with(pair));
    }

    private static @Nullable Object candidates(Fields row) {
        return row.peek("messages") instanceof List<?> list
                        && !list.isEmpty()
                        && list.get(list.size() - 1) instanceof Map<?, ?> last
                ? last.get("candidates")
                : null;
    }

    private record EditNames(String prompt, String before, String after) {}

    private static @Nullable String editsSeen(Fields row) {
        EditNames editNames = editNames(row);
        return editNames == null ? null : "\"" + editNames.before + "\" and \"" + editNames.after + "\"";
    }

    /** Reads answers that a person edited: what was edited is better than what it was. */
    private static List<Map<String, @Nullable Object>> edits(Fields row, Layout.PairRequest asked) {
        EditNames editNames = editNames(row);
        if (editNames == null) {
            throw row.error(
                    "edited_response",
                    "is not among the keys with a prompt and what it was; a row of edits needs prompt, original_response and"
                            + " edited_response (or keys of their like).");
        }
        return List.of(row.with(RowParts.pair(
                row.required(editNames.prompt), row.required(editNames.after), row.required(editNames.before))));
    }

    private static @Nullable EditNames editNames(Fields row) {
        String prompt = row.firstOf(EDITED_PROMPTS);
        if (prompt == null || !row.lacks("chosen", "rejected", "winner", "annotations")) {
            return null;
        }
        for (String part : EDITED_PARTS) {
            for (String edited : AFTER) {
                String after = edited + "_" + part;
                for (String before : List.of("original_" + part, part)) {
                    if (!before.equals(prompt) && row.texts(before, after)) {
                        return new EditNames(prompt, before, after);
                    }
                }
            }
        }
        return row.texts("original", "edited") ? new EditNames(prompt, "original", "edited") : null;
    }
}
